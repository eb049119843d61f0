"""Boxes from words, masks from boxes: Grounding DINO and SAM through the Auto classes.

Options: ``detector`` (hub id or folder of a zero-shot object detector; without one the classical
localizer gives the boxes), ``words`` (what the detector looks for), ``box_threshold``,
``text_threshold``. The entry's own checkpoint is the mask model: SAM, or anything in its layout,
such as MedSAM.

Source of the two steps: Ren et al., "Grounded SAM", arXiv 2401.14159; for skin, GroundingDINO with
SkinSAM in SkinGEN (arXiv 2404.14755). The published weights were not available here and are
untried; tests hold the calls to tiny random models of both families.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from transformers import (
    AutoModelForMaskGeneration,
    AutoModelForZeroShotObjectDetection,
    AutoProcessor,
)
from transformers.utils import logging

from core.domain.errors import ModelUnavailable
from workers.devices import Device, memory_guard, settle
from workers.entries import BuildOptions
from workers.errors import OutOfMemory
from workers.localizers import Localizer, Located, Mask, Pixels
from workers.localizers.classical import ClassicalLocalizer
from workers.localizers.support.spots import located

WORDS: Final = "skin lesion. rash. mole."
"""What the detector looks for: lower case, each ended by a full stop, as it was trained."""

BOX_THRESHOLD: Final = 0.3
TEXT_THRESHOLD: Final = 0.25
_MOST_BOXES: Final = 24
_WHOLE_SHARE: Final = 0.9
"""A box that holds nearly the whole photo says nothing about where."""

Corners = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Finds boxes for words.

    Attributes:
        model: A zero-shot object detector.
        processor: Its processor.
        words: What to look for.
        box_threshold: Least score of a box, 0 to 1.
        text_threshold: Least score of a word, 0 to 1.
    """

    model: Any
    processor: Any
    words: str = WORDS
    box_threshold: float = BOX_THRESHOLD
    text_threshold: float = TEXT_THRESHOLD

    def boxes(self, image: Image.Image) -> list[Corners]:
        """Return left, top, right and bottom of what was found, surest first."""
        inputs = self.processor(images=image, text=self.words, return_tensors="pt")
        inputs = inputs.to(self.model.device)
        found = self.processor.post_process_grounded_object_detection(
            self.model(**inputs),
            inputs.input_ids,
            threshold=self.box_threshold,
            text_threshold=self.text_threshold,
            target_sizes=[(image.height, image.width)],
        )[0]
        order = found["scores"].argsort(descending=True)[:_MOST_BOXES]
        return [_inside(box, image.size) for box in found["boxes"][order].tolist()]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundedSam:
    """A detector and a mask model as one localizer.

    Attributes:
        model: A mask generator that takes boxes.
        processor: Its processor.
        detector: Gives the boxes; None takes those of the classical localizer.
    """

    model: Any
    processor: Any
    detector: Detector | None = None

    def locate(self, rgb: Pixels) -> Located:
        """Locate affected skin in an upright sRGB photo, (H, W, 3)."""
        image = Image.fromarray(rgb)
        with torch.inference_mode():
            boxes = self.detector.boxes(image) if self.detector else _classical(rgb)
            boxes = [box for box in boxes if 0 < _share(box, image.size) < _WHOLE_SHARE]
            if not boxes:
                return located(np.zeros(rgb.shape[:2], bool))
            return located(self._mask(image, boxes))

    def _mask(self, image: Image.Image, boxes: Sequence[Corners]) -> Mask:
        """Return the union of the masks of all boxes, (H, W)."""
        asked = self.processor(
            image, input_boxes=[[list(box) for box in boxes]], return_tensors="pt"
        )
        inputs = asked.to(self.model.device)
        output = self.model(**inputs, multimask_output=False)
        sizes = [inputs[key].cpu() for key in ("original_sizes", "reshaped_input_sizes")]
        masks = self.processor.post_process_masks(output.pred_masks.cpu(), *sizes)[0]
        union: Mask = masks.reshape(-1, *masks.shape[-2:]).any(0).numpy()  # (H, W)
        return union


def build(options: BuildOptions) -> Localizer:
    """Load the mask model and, where one is named, the detector.

    Raises:
        ModelUnavailable: One of them is missing, corrupt or of another kind.
    """
    entry, device = options.entry, options.device
    logging.disable_progress_bar()
    settle(device)
    try:
        with memory_guard(device):
            model = _loaded(AutoModelForMaskGeneration, entry.source, entry.revision, device)
            processor = AutoProcessor.from_pretrained(entry.source, revision=entry.revision)
            detector = _detector(options)
    except OutOfMemory as error:
        raise ModelUnavailable(f"{entry.label} does not fit on {device.name}") from error
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, AttributeError) as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"{entry.label} cannot be loaded: {first_line}") from error
    return GroundedSam(model=model, processor=processor, detector=detector)


def _detector(options: BuildOptions) -> Detector | None:
    entry = options.entry
    source = str(entry.options.get("detector", ""))
    if not source:
        return None
    return Detector(
        model=_loaded(AutoModelForZeroShotObjectDetection, source, "main", options.device),
        processor=AutoProcessor.from_pretrained(source),
        words=str(entry.options.get("words", WORDS)),
        box_threshold=entry.number("box_threshold", BOX_THRESHOLD),
        text_threshold=entry.number("text_threshold", TEXT_THRESHOLD),
    )


def _loaded(auto: Any, source: str, revision: str, device: Device) -> Any:
    return auto.from_pretrained(source, revision=revision).to(device.name).eval()


def _classical(rgb: Pixels) -> list[Corners]:
    found = ClassicalLocalizer().locate(rgb).boxes[:_MOST_BOXES]
    return [(b.left, b.top, b.left + b.width, b.top + b.height) for b in found]


def _inside(box: Sequence[float], size: tuple[int, int]) -> Corners:
    """Return a box cut to the picture."""
    width, height = size
    left, top, right, bottom = box
    return max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height))


def _share(box: Corners, size: tuple[int, int]) -> float:
    """Return how much of the picture a box holds, 0 to 1."""
    left, top, right, bottom = box
    return max(right - left, 0) * max(bottom - top, 0) / (size[0] * size[1])
