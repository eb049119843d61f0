"""Looks: copies stay near, other pictures stay far."""

import itertools

from core.domain.provenance import Fingerprint
from core.ports import ALIKE_BITS
from core.provenance.fingerprint import fingerprint, look_of
from tests.unit.provenance.pictures import badged, opened, saved_again


def look(data: bytes) -> Fingerprint:
    """Return the fingerprint of a file that only its look may tell."""
    return Fingerprint(sha256="", look=look_of(opened(data)))


def test_copies_are_alike_and_other_pictures_are_not() -> None:
    """Saved again a picture stays within the bound; pictures of two seeds are far outside it."""
    pictures = [badged(seed) for seed in range(5)]

    for picture in pictures:
        for side_px, quality in ((1280, 80), (512, 60), (256, 80)):
            copy = look(saved_again(picture, side_px, quality))
            assert look(picture).distance(copy) <= ALIKE_BITS
    for one, other in itertools.combinations(pictures, 2):
        assert look(one).distance(look(other)) > 2 * ALIKE_BITS


def test_a_look_can_be_left_out() -> None:
    """Of a picture on a person's skin only the file's hash is made, and it is like nothing."""
    png = badged()

    bare = fingerprint(png, look=False)

    assert bare.look == ""
    assert bare.sha256 == fingerprint(png).sha256
    assert bare.distance(fingerprint(png)) == 256
