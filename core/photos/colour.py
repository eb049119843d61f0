"""Colour arithmetic on decoded photos: light, lightness and where skin may be. Needs numpy only."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

# Source: IEC 61966-2-1 (sRGB, D65 white).
_TO_XYZ: Final = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
)
_WHITE: Final = np.array([0.95047, 1.0, 1.08883], np.float32)
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)

# Ratios of linear light that skin of types I to VI shows under warm to cold light, in health and
# in redness: red dominates, then green, then blue; the more melanin the more so. Source: medians
# of rendered skin lie at R/B 2.1 (I) to 5.5 (VI); the bounds leave room on both sides for photos
# of real skin, whose shine is nearly neutral. Wood, sand and cardboard lie inside too.
_RED_TO_GREEN: Final = (1.12, 5.0)
_GREEN_TO_BLUE: Final = (0.9, 4.5)
_RED_TO_BLUE: Final = (1.3, 18.0)
_DARKEST_SKIN: Final = 0.003


def linear(rgb: Bytes) -> Floats:
    """Decode sRGB bytes (H, W, 3) to linear light, 0 to 1."""
    values = rgb.astype(np.float32) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - sRGB
    return light.astype(np.float32)


def lab(light: Floats) -> Floats:
    """CIELAB under D65 of linear light: (..., 3) -> L* 0 to 100, a*, b*."""
    ratio = (light @ _TO_XYZ.T) / _WHITE
    curve = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)  # noqa: PLR2004 - CIE 1976
    x, y, z = curve[..., 0], curve[..., 1], curve[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def luma(rgb: Bytes) -> Floats:
    """Perceived brightness of sRGB bytes: (H, W, 3) -> (H, W), 0 to 255."""
    return (rgb.astype(np.float32) @ _LUMA).astype(np.float32)


def extremes(rgb: Bytes) -> tuple[Bytes, Bytes]:
    """Least and greatest channel of each pixel: (H, W, 3) -> two of (H, W)."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]  # 20 times faster than along the axis
    low, high = np.minimum(red, green), np.maximum(red, green)
    return np.minimum(low, blue), np.maximum(high, blue)


def skin_coloured(light: Floats) -> Mask:
    """Where linear light (H, W, 3) has the colour of skin of any tone -> (H, W)."""
    red, green, blue = np.moveaxis(np.maximum(light, 1e-4), -1, 0)
    skin: Mask = (
        _within(red / green, _RED_TO_GREEN)
        & _within(green / blue, _GREEN_TO_BLUE)
        & _within(red / blue, _RED_TO_BLUE)
        & (green > _DARKEST_SKIN)
    )
    return skin


def _within(values: Floats, bounds: tuple[float, float]) -> Mask:
    return (values > bounds[0]) & (values < bounds[1])


def blurred(plane: Floats, sigmas_px: tuple[float, ...]) -> list[Floats]:
    """Gaussian blurs of a plane (H, W), one for each standard deviation, edges mirrored."""
    height, width = plane.shape
    pad = min(int(3 * max(sigmas_px)) + 1, height - 1, width - 1)
    padded = np.pad(plane, pad, mode="reflect")
    spectrum = np.fft.rfft2(padded)
    vertical = np.fft.fftfreq(padded.shape[0])[:, None]
    square = vertical**2 + np.fft.rfftfreq(padded.shape[1])[None, :] ** 2
    planes = []
    for sigma in sigmas_px:
        kernel = np.exp(-2 * (np.pi * sigma) ** 2 * square)
        back = np.fft.irfft2(spectrum * kernel, padded.shape)
        planes.append(back[pad : pad + height, pad : pad + width].astype(np.float32))
    return planes
