"""Where a picture comes from, as far as it can be told from the picture itself."""

from dataclasses import dataclass
from typing import Literal

Making = Literal["generated", "schematic", "composite"]
"""How a picture was made: by a diffusion model, by the renderer, or changed on a person's photo."""

Origin = Literal["intact", "known", "alike", "altered", "foreign", "unknown"]
"""What a look at a picture says of it, surest first.

* ``intact``: signed by us, and not one byte was changed since
* ``known``: in the register, so we made it; saved anew by someone, or its signature is gone
* ``altered``: it bears our signature, and was changed afterwards
* ``alike``: it bears our badge or our label, which anybody could copy
* ``foreign``: another maker has signed it, or it is labelled as made by another machine
* ``unknown``: nothing about it is ours
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What a picture is recognised by.

    Attributes:
        sha256: Of the file, 64 hexadecimal digits.
        look: Perceptual hash of the pixels, 256 bits as 64 hexadecimal digits; empty where the
            look must not be kept, because it is a person's skin.
    """

    sha256: str
    look: str = ""

    def distance(self, other: "Fingerprint") -> int:
        """Return in how many of 256 bits two looks differ; 256 when one of them has none."""
        if not self.look or not other.look:
            return 256
        return (int(self.look, 16) ^ int(other.look, 16)).bit_count()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntry:
    """One picture of ours. Nothing in it says who asked for it.

    Attributes:
        fingerprint: What it is recognised by.
        making: How it was made.
        condition_id: What it shows, an ontology id.
        day: When it was made, ``YYYY-MM-DD``.
    """

    fingerprint: Fingerprint
    making: Making
    condition_id: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a file says about itself.

    Attributes:
        fingerprint: What it is recognised by.
        manifest: State of its C2PA manifest: ``ours`` and valid, ``broken`` (ours, and changed
            since), ``foreign`` (somebody else's), or ``none``.
        label: True when its metadata names a synthetic source.
        badge: True when our badge is seen in its pixels.
    """

    fingerprint: Fingerprint
    manifest: Literal["ours", "broken", "foreign", "none"] = "none"
    label: bool = False
    badge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is told about a picture.

    Attributes:
        origin: What can be said.
        entry: The register's entry, where there is one.
    """

    origin: Origin
    entry: RegisterEntry | None = None


def judge(marks: Marks, entry: RegisterEntry | None) -> Finding:
    """Weigh what a file says against the register; the surer sign wins."""
    if marks.manifest == "ours":
        return Finding(origin="intact", entry=entry)
    if entry is not None:
        return Finding(origin="known", entry=entry)
    if marks.manifest == "broken":
        return Finding(origin="altered")
    if marks.badge:
        return Finding(origin="alike")
    if marks.manifest == "foreign" or marks.label:
        return Finding(origin="foreign")
    return Finding(origin="unknown")
