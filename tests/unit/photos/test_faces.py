"""Faces: people are asked for a close-up, one person at a time, and skin is no face."""

import numpy as np
import pytest

from core.photos.faces import faces
from core.photos.gate import inspect
from workers.evaluation.photo_faces import photo


def test_real_faces_are_found() -> None:
    """Most frontal faces are seen where they fill half of the picture."""
    assert sum(len(faces(photo((n,), n, 0.45))) > 0 for n in range(6)) >= 5


def test_two_people_are_too_many() -> None:
    """A photo of two people is refused: nobody could say whose skin is meant."""
    assert inspect(photo((0, 1), 1, 0.4)).reason == "several-people"


def test_one_face_is_only_remarked_on() -> None:
    """Rosacea sits on the face: one face gets an answer, and a word about privacy."""
    report = inspect(photo((0,), 1, 0.45))
    assert (report.reason, "face" in report.notes) == (None, True)


@pytest.mark.parametrize("number", range(100, 103))
def test_what_is_no_face_is_not_one(number: int) -> None:
    """Pieces of photos without a face, on skin, are no people."""
    assert faces(photo((number,), number, 0.45)) == ()


def test_a_picture_smaller_than_a_window_has_no_faces() -> None:
    """The smallest pictures are searched without an error."""
    assert faces(np.zeros((20, 30, 3), np.uint8)) == ()
