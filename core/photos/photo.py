"""What the photo path takes and gives: limits, the normalised photo, reasons to refuse one.

Standard library only, so that a bot can import it without loading a decoder.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from core.domain.cases import SkinTone
from core.domain.errors import UserError

Reason = Literal[
    # The file
    "empty",
    "too-many-bytes",
    "not-an-image",
    "unsupported",
    "truncated",
    "corrupt",
    "animated",
    "too-many-pixels",
    "too-small",
    "timeout",
    "memory",
    # What the picture shows
    "blurred",
    "too-dark",
    "too-bright",
    "glare",
    "no-skin",
    "drawing",
    "screenshot",
    "histology",
    "several-people",
    "synthetic",
]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
"""Every reason; ``photo-<reason>`` is its sentence in ``config/locales``."""

Note = Literal[
    "small",
    "blurred",
    "dark",
    "bright",
    "little-skin",
    "low-contrast",
    "ruler-ink",
    "dermoscopy",
    "face",
]
NOTES: Final[tuple[Note, ...]] = get_args(Note)
"""Every note; ``photo-reason-<note>`` is its phrase in ``config/locales``."""


class PhotoRejected(UserError):
    """The photo cannot be used; the sender is told why and how to send a better one.

    Attributes:
        reason: One of ``REASONS``.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"photo-{reason}")
        self.reason: Final[Reason] = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoLimits:
    """Bounds on one photo.

    Attributes:
        max_bytes: Largest file accepted. 20 MiB is what Telegram lets a bot fetch.
        max_pixels: Largest width x height; above the 48-50 megapixels of current phones.
        min_side_px: Shortest side that can still show a lesion.
        max_side_px: Longest side of the result. 1568 is the largest that common vision-language
            models use without shrinking the picture again.
        jpeg_quality: 1-95, of the result.
        memory_bytes: Address space that decoding may add to that of the idle helper.
        cpu_s: Processor seconds for one photo.
        wall_s: Seconds on the clock for one photo.
        judge_content: Whether the photo gate looks at what the picture shows.
        badge_words: Words on the badges of our own pictures, which are no photos.
    """

    max_bytes: int = 20 * 2**20
    max_pixels: int = 64_000_000
    min_side_px: int = 96
    max_side_px: int = 1568
    jpeg_quality: int = 92
    memory_bytes: int = 1024 * 2**20
    cpu_s: int = 10
    wall_s: float = 20.0
    judge_content: bool = True
    badge_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """What the photo gate measured, on the picture shrunk to 256 px.

    Attributes:
        reason: Why the picture cannot be read; None when it can.
        notes: What a reader of the answer should know.
        skin_share: Share of pixels with the colour of skin, 0 to 1.
        sharpness: Below 1 is blurred, 2 and more is sharp, ``inf`` when no edge is in sight.
        brightness: What a quarter of the pixels exceed, 0 to 255.
        clipped_share: Share of pixels with a channel at its end, 0 to 1.
        contrast: Strongest difference between spots of a twentieth of the width and what is
            around them, 0 to 1.
    """

    reason: Reason | None
    notes: tuple[Note, ...]
    skin_share: float
    sharpness: float
    brightness: float
    clipped_share: float
    contrast: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One normalised photo: upright, sRGB, new pixels, no metadata.

    Attributes:
        data: The encoded file.
        media_type: IANA type of ``data``.
        width_px: Width as shown.
        height_px: Height as shown.
        report: What the photo gate measured; None when content is not judged.
        tone: Tone of unaffected skin; None when it could not be measured.
        look: Perceptual hash, 256 bits as hexadecimal digits; empty when content is not judged.
    """

    data: bytes
    media_type: Literal["image/jpeg", "image/webp", "image/png"]
    width_px: int
    height_px: int
    report: GateReport | None = None
    tone: SkinTone | None = None
    look: str = ""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader of the answer should know; empty when content is not judged."""
        return self.report.notes if self.report else ()
