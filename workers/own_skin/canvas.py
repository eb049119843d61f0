"""Cuts the affected spot out of a photo and puts a repainted one back, bit for bit outside it.

Before the model sees the spot it is faded towards the skin around it (all of it for the healed
form, half for the milder one), or set off from it further (the more severe form): at low strength a
model keeps what it is given, and that is what keeps anatomy and colour. What comes back is shifted
in colour until the ring of skin around the spot is as it was, and blended inside the mask only.

Source: low strength and guidance after janet-sw/skin-diff (strength 0.5, guidance 2).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage.color import lab2rgb, rgb2lab

from workers.localizers import Located, Mask, Pixels
from workers.own_skin import HEALED

Floats = NDArray[np.float32]

_MARGIN: Final = 0.45
"""Skin around the spot on each side, as a share of the spot's longer side."""
_LEAST_SIDE_PX: Final = 64
_FEATHER: Final = 0.08
"""Width of the soft edge, as a share of the spot's longer side."""
_RING: Final = 0.15
_MOST_AFFECTED: Final = 0.8
"""Largest affected share of the square: with less skin around the spot there is nothing to fit."""
_GROWN: Final = {HEALED: 0.08, 1: 0.08, 2: 0.06, 3: 0.12}
"""How much wider than the spot the area is that may change, as a share of a spot's width: a
localizer stops short of a soft rim, and the more severe form is larger."""
_DETAIL: Final = {HEALED: 0.0, 1: 0.5, 2: 1.0, 3: 1.0}
"""How much of the photo's own fine detail comes back: the model draws in fewer pixels."""
_FADED: Final = {HEALED: 1.0, 1: 0.55, 2: 0.0, 3: -0.4}
_STRENGTH: Final = {HEALED: 0.25, 1: 0.35, 2: 0.45, 3: 0.55}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Canvas:
    """The affected spot of one photo.

    Attributes:
        photo: The whole photo, (H, W, 3).
        mask: The affected spot, (H, W).
        box: Left, top, right and bottom of the square that is cut out.
    """

    photo: Pixels
    mask: Mask
    box: tuple[int, int, int, int]

    @property
    def side_px(self) -> int:
        """Width of the largest spot in pixels, as if it were a square."""
        labels, _ = ndimage.label(self.mask)
        return round(float(np.sqrt(np.bincount(labels.ravel())[1:].max())))

    def area(self, severity: int) -> Mask:
        """Return what may change, (H, W): the spot and its soft rim, wider for a severe form."""
        steps = max(2, round(self.side_px * _GROWN[severity]))
        area: Mask = ndimage.binary_dilation(self.mask, iterations=steps)
        return area

    def cut(self, severity: int, size_px: int) -> tuple[Image.Image, Image.Image, float]:
        """Return the square to repaint, its mask, and how far to go from it.

        Args:
            severity: 0 healed, 1 milder, 2 as it is, 3 more severe.
            size_px: Side that the model works in.
        """
        area, share = self.area(severity), _FADED[severity]
        faded = _faded(self.photo, area, share) if share else self.photo
        image = Image.fromarray(faded).crop(self.box).resize((size_px,) * 2, Image.Resampling.BOX)
        mask = Image.fromarray(area.astype(np.uint8) * 255).crop(self.box)
        return image, mask.resize((size_px,) * 2, Image.Resampling.BILINEAR), _STRENGTH[severity]

    def own(self, size_px: int) -> Image.Image:
        """Return the person's own crop, as an image prompt."""
        cut = Image.fromarray(self.photo).crop(self.box)
        return cut.resize((size_px,) * 2, Image.Resampling.BOX)

    def put_back(self, repainted: Image.Image, severity: int) -> Pixels:
        """Return the whole photo with the repainted square in it, (H, W, 3).

        Pixels outside `area` are those of the photo, bit for bit.
        """
        left, top, right, bottom = self.box
        area = self.area(severity)
        size = (right - left, bottom - top)
        large = repainted.convert("RGB").resize(size, Image.Resampling.BICUBIC)
        inside = area[top:bottom, left:right]
        before = self.photo[top:bottom, left:right]
        after = _matched(np.asarray(large), before, inside, self.side_px)
        after += _DETAIL[severity] * _fine(before, size[0] / repainted.width)
        weight = _weight(area, self.side_px)[top:bottom, left:right, None]  # 0 outside the area
        mixed = np.rint(weight * after + (1 - weight) * before).clip(0, 255).astype(np.uint8)
        whole = self.photo.copy()
        whole[top:bottom, left:right] = np.where(inside[..., None], mixed, before)
        return whole


def canvas_of(photo: Pixels, located: Located) -> Canvas | None:
    """Return the canvas of all spots; None when there are none, or no skin around them."""
    if not located.boxes:
        return None
    height, width = located.mask.shape
    left = min(box.left for box in located.boxes)
    top = min(box.top for box in located.boxes)
    wide = max(box.left + box.width for box in located.boxes) - left
    high = max(box.top + box.height for box in located.boxes) - top
    side = int(min(max(max(wide, high) * (1 + 2 * _MARGIN), _LEAST_SIDE_PX), height, width))
    x, y = _placed(left + wide // 2, side, width), _placed(top + high // 2, side, height)
    mask = _inside(located.mask, (x, y, x + side, y + side))
    if not mask.any() or mask[y : y + side, x : x + side].mean() > _MOST_AFFECTED:
        return None
    return Canvas(photo=photo, mask=mask, box=(x, y, x + side, y + side))


def _placed(middle: int, side: int, size: int) -> int:
    return int(min(max(middle - side // 2, 0), size - side))


def _inside(mask: Mask, box: tuple[int, int, int, int]) -> Mask:
    """Return the part of a mask that lies in a box, its edge left free."""
    left, top, right, bottom = box
    kept = np.zeros_like(mask)
    inner = (slice(top + 2, bottom - 2), slice(left + 2, right - 2))
    kept[inner] = mask[inner]
    return kept


def _faded(photo: Pixels, area: Mask, share: float) -> Pixels:
    """Blend the area towards skin that is interpolated from around it; below 0 away from it."""
    # Each wave of a widening blur fills what has skin near by; the rest waits for the next one.
    known = ~area
    filled, weight = photo.astype(np.float32), known.astype(np.float32)
    reach = 2.0
    skin = np.zeros_like(filled)
    done = known.copy()
    skin[known] = filled[known]
    while not done.all() and reach < max(area.shape):
        mass = ndimage.gaussian_filter(weight, reach)
        spread = np.stack(
            [ndimage.gaussian_filter(filled[..., k] * weight, reach) for k in range(3)], axis=-1
        )
        fresh = ~done & (mass > 0.02)
        skin[fresh] = spread[fresh] / mass[fresh][:, None]
        done |= fresh
        reach *= 1.6
    smooth = np.stack([ndimage.gaussian_filter(skin[..., k], 3) for k in range(3)], axis=-1)
    grain = filled - np.stack([ndimage.gaussian_filter(filled[..., k], 1.5) for k in range(3)], -1)
    mixed = np.where(area[..., None], share * (smooth + 0.6 * grain) + (1 - share) * filled, filled)
    faded: Pixels = mixed.clip(0, 255).astype(np.uint8)
    return faded


def _matched(after: Pixels, before: Pixels, inside: Mask, side_px: int) -> Floats:
    """Shift colours so that the ring of skin around the spot is as it was, (h, w, 3)."""
    steps = max(2, round(side_px * _RING))
    ring = ndimage.binary_dilation(inside, iterations=steps) & ~inside
    if not ring.any():
        return after.astype(np.float32)
    lab = rgb2lab(after)
    shift = np.median(rgb2lab(before)[ring], axis=0) - np.median(lab[ring], axis=0)
    matched: Floats = (lab2rgb(lab + shift) * 255).astype(np.float32)
    return matched


def _weight(area: Mask, side_px: int) -> Floats:
    """Return how much of the repainted picture counts: 1 deep inside the area, 0 outside."""
    feather = max(2.0, side_px * _FEATHER)
    inward = ndimage.distance_transform_edt(area)
    weight: Floats = np.clip(inward / feather, 0, 1).astype(np.float32)
    return weight


def _fine(photo: Pixels, pixel_px: float) -> Floats:
    """Return what is finer in a photo than the model's pixels, (h, w, 3)."""
    colours = photo.astype(np.float32)
    soft = [ndimage.gaussian_filter(colours[..., k], max(pixel_px * 0.7, 0.5)) for k in range(3)]
    fine: Floats = colours - np.stack(soft, axis=-1)
    return fine
