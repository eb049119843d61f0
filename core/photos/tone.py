"""Skin tone: the individual typology angle of unaffected skin, hair left out.

The angle is measured as published, on the picture as it is, then pulled a little toward what the
colour alone says: a photo does not tell how bright the light was, and the ratio of red to green
does not change with it. The pull has a bound, because white balance and redness change that ratio.
The answer is a band with its neighbours, and the person can correct it.

Source: A. Chardon et al., "Skin colour typology and suntanning pathways", Int. J. Cosmet. Sci. 13
(1991) 191-208: ITA = atan2(L* - 50, b*) * 180 / pi. Bands: ibid., the last after S. Del Bino and
F. Bernerd, Br. J. Dermatol. 169 s3 (2013) 33-40. Hair removal and taking the lighter skin follow
P. Bevan and A. Atapour-Abarghouei, "Detecting Melanoma Fairly" (2022): black-hat, then the
lightest of eight patches at the border; here, the upper part of all pixels that look like them.
"""

from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from core.domain.cases import SkinTone
from core.photos.colour import Bytes, Floats, Mask, blurred, lab, linear, luma, skin_coloured

_SIDE_PX: Final = 128
_BANDS_DEG: Final = (55.0, 41.0, 28.0, 10.0, -30.0)
_HAIR_PX: Final = 9
_HAIR_STEP: Final = 14.0
_BORDER: Final = 0.2
_LIKE: Final = 2.5
_LIGHTER: Final = 85.0
_LEAST_SHARE: Final = 0.05
# The angle over log(red / green): a line through 180 renders of all tones and lights; how far it is
# trusted and how much it may change were chosen on the same renders, five-fold.
_COLOUR_AT_ONE: Final = 138.6
_COLOUR_SLOPE: Final = -163.6
_TRUST: Final = 0.4
_MOST_DEG: Final = 8.0
# Covers the true band in nine of ten renders. Source: `python -m workers.evaluation.photo_gate`.
_UNSURE_DEG: Final = 12.0


def estimate(rgb: Bytes) -> SkinTone | None:
    """Measure the skin around the lesion in a picture (H, W, 3); None where there is too little."""
    image = Image.fromarray(rgb)
    image.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX)
    small = np.asarray(image)
    light = linear(small)
    skin = skin_coloured(light) & ~hair(small)
    colours = _smoothed(lab(light))
    plain = skin & _like_the_border(colours, skin)
    if plain.mean() < _LEAST_SHARE:
        return None
    angle = float(np.percentile(ita_deg(colours[plain]), _LIGHTER))
    return tone_of(angle + _pull_deg(angle, light[plain]))


def _pull_deg(angle_deg: float, light: Floats) -> float:
    """Degrees to add, by the ratio of red to green in linear light (n, 3) of plain skin."""
    red, green, _ = np.maximum(np.median(light, axis=0), 1e-4)
    by_colour = _COLOUR_AT_ONE + _COLOUR_SLOPE * float(np.log(red / green))
    return float(np.clip(_TRUST * (by_colour - angle_deg), -_MOST_DEG, _MOST_DEG))


def tone_of(angle_deg: float) -> SkinTone:
    """The band of an angle, and the bands that it could as well be in."""
    return SkinTone(
        ita_deg=round(angle_deg, 1),
        fitzpatrick=_band(angle_deg),
        low=_band(angle_deg + _UNSURE_DEG),
        high=_band(angle_deg - _UNSURE_DEG),
    )


def ita_deg(colours: Floats) -> Floats:
    """Individual typology angle in degrees of CIELAB colours, (..., 3) -> (...)."""
    angle = np.degrees(np.arctan2(colours[..., 0] - 50, colours[..., 2]))
    return angle.astype(np.float32)


def hair(small: Bytes) -> Mask:
    """Where thin dark lines are, by black-hat: closing minus picture, (H, W, 3) -> (H, W)."""
    grey = Image.fromarray(luma(small).astype(np.uint8))
    closed = grey.filter(ImageFilter.MaxFilter(_HAIR_PX)).filter(ImageFilter.MinFilter(_HAIR_PX))
    step = np.asarray(closed, np.float32) - np.asarray(grey, np.float32)
    dark: Mask = step > _HAIR_STEP
    return dark


def _band(angle_deg: float) -> int:
    """Fitzpatrick type, 1 to 6."""
    return 1 + sum(angle_deg <= limit for limit in _BANDS_DEG)


def _smoothed(colours: Floats) -> Floats:
    """Take out grain, plane by plane."""
    return np.stack([blurred(colours[..., k], (1.5,))[0] for k in range(3)], axis=-1)


def _like_the_border(colours: Floats, skin: Mask) -> Mask:
    """Pixels whose a* and b* are those of most of the skin near the picture's border.

    What is sick differs in colour and is photographed in the middle; what is merely in the shade
    keeps its colour.
    """
    height, width = skin.shape
    border = np.ones_like(skin)
    down, right = int(height * _BORDER), int(width * _BORDER)
    border[down : height - down, right : width - right] = False
    sample = colours[border & skin][:, 1:]
    if not sample.size:
        return np.zeros_like(skin)
    centre = np.median(sample, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(sample - centre), axis=0), 1.0)
    distance = np.abs(colours[..., 1:] - centre) / spread
    like: Mask = distance.max(axis=-1) < _LIKE
    return like
