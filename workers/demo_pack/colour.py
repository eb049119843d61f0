"""Skin colour from its two pigments, and the individual typology angle that measures it.

Skin is modelled as a bright dermis seen through absorbing melanin and haemoglobin
(Beer-Lambert in linear RGB, plus a small surface reflection). Redness therefore turns from pink
to violet-brown as melanin rises, without any rule that says so.

Source: absorption ratios follow the spectra in S. L. Jacques, "Optical properties of biological
tissues: a review", Phys. Med. Biol. 58 (2013) R37, averaged over the sRGB primaries by hand.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DERMIS = np.array([0.86, 0.66, 0.55], np.float32)
MELANIN = np.array([1.0, 1.5, 2.05], np.float32)
HAEMOGLOBIN = np.array([0.13, 1.0, 0.72], np.float32)
SURFACE = 0.011
BASE_HAEMOGLOBIN = 0.17

# ITA limits in degrees, Fitzpatrick I to VI. Source: A. Chardon et al., "Skin colour typology
# and suntanning pathways", Int. J. Cosmet. Sci. 13 (1991) 191-208; the sixth is Del Bino 2013.
ITA_BANDS: tuple[tuple[float, float], ...] = (
    (55.0, 75.0),
    (41.0, 55.0),
    (28.0, 41.0),
    (10.0, 28.0),
    (-30.0, 10.0),
    (-65.0, -30.0),
)
# Where inside a band the renderer draws, so that a picture is never on a border.
_DRAWN: tuple[tuple[float, float], ...] = (
    (56.0, 62.0),
    (43.0, 53.0),
    (30.0, 39.0),
    (13.0, 25.0),
    (-24.0, 4.0),
    (-56.0, -36.0),
)
_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
)
_WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)


def reflectance(melanin: Floats, haemoglobin: Floats) -> Floats:
    """Linear RGB reflectance, shape (..., 3), of skin with these pigment densities (...)."""
    depth = melanin[..., None] * MELANIN + haemoglobin[..., None] * HAEMOGLOBIN
    return (SURFACE + DERMIS * np.exp(-depth)).astype(np.float32)


def to_srgb(linear: Floats) -> Floats:
    """Encode linear light (0 to 1) with the sRGB curve, value for value."""
    clipped = np.clip(linear, 0, 1)
    return np.where(
        clipped <= 0.0031308, 12.92 * clipped, 1.055 * np.power(clipped, 1 / 2.4) - 0.055
    ).astype(np.float32)


def to_linear(srgb: Floats) -> Floats:
    """Decode sRGB values (0 to 1) to linear light."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def ita_deg(linear: Floats) -> Floats:
    """Individual typology angle in degrees of linear RGB, shape (..., 3) -> (...).

    Source: Chardon 1991, ITA = atan2(L* - 50, b*) * 180 / pi, CIELAB under D65.
    """
    ratio = (linear @ _XYZ.T) / _WHITE
    curve = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    lightness = 116 * curve[..., 1] - 16
    yellow = 200 * (curve[..., 1] - curve[..., 2])
    return np.degrees(np.arctan2(lightness - 50, yellow)).astype(np.float32)


def tone_of(angle_deg: float) -> int:
    """Fitzpatrick type (1 to 6) whose band holds this angle."""
    return next((i + 1 for i, (low, _) in enumerate(ITA_BANDS) if angle_deg > low), 6)


_LADDER = np.linspace(0.0, 4.0, 801, dtype=np.float32)
_ANGLES = ita_deg(reflectance(_LADDER, np.full_like(_LADDER, BASE_HAEMOGLOBIN)))


def melanin_for(tone: int, rng: np.random.Generator) -> float:
    """Melanin density of a random person of this Fitzpatrick type (1 to 6)."""
    angle = rng.uniform(*_DRAWN[tone - 1])
    return float(np.interp(angle, _ANGLES[::-1], _LADDER[::-1]))
