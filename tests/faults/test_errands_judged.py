"""The judge of errands, judged: stopped answers, copies of everything, erasures."""

import io
import zipfile
from collections.abc import Callable

import pytest

from tests.faults.harness.checker import check
from tests.faults.harness.record import Chat, Seen, Turn
from tests.faults.test_checker import LOOKS, OWN, _drawn, _right


def _copy(*texts: str, photo: bool = True) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("case/case.json", "\n".join(texts))
        if photo:
            archive.writestr("photo.jpg", b"a photo")
    return out.getvalue()


def _person() -> Chat:
    """Return somebody who has stopped an answer, taken a copy and had all erased."""
    chat = _right()
    chat.turns.append(Turn(number=4, token="w7n4", sent_s=4, accepted_s=4.5, stopped=True))
    texts = [turn.text for turn in chat.turns]
    chat.seen += [Seen(text="Stopped."), Seen(text="Everything", pictures=(_copy(*texts),))]
    chat.copied = chat.erasing = True
    chat.presses = 1
    chat.after = [Seen(text="Done. 9 items are erased. Receipt: 7.")]
    return chat


def _without_a_word(chat: Chat) -> None:
    del chat.seen[-2]


def _stopped_twice(chat: Chat) -> None:
    chat.seen.insert(-2, chat.seen[-2])


def _without_the_copy(chat: Chat) -> None:
    del chat.seen[-1]


def _copied_twice(chat: Chat) -> None:
    chat.seen.append(chat.seen[-1])


def _half_a_copy(chat: Chat) -> None:
    texts = [turn.text for turn in chat.turns[1:]]
    chat.seen[-1] = Seen(text="Everything", pictures=(_copy(*texts),))


def _copy_without_photos(chat: Chat) -> None:
    texts = [turn.text for turn in chat.turns]
    chat.seen[-1] = Seen(text="Everything", pictures=(_copy(*texts, photo=False),))


def _without_a_receipt(chat: Chat) -> None:
    chat.after = []


def _two_receipts(chat: Chat) -> None:
    chat.after.append(chat.after[0])


def _nothing_erased(chat: Chat) -> None:
    chat.after = [Seen(text="There was nothing to erase. Receipt: 7.")]


def _something_left(chat: Chat) -> None:
    chat.after.append(chat.seen[0])


def _waiting_for_ever(chat: Chat) -> None:
    chat.after.append(Seen(text="…", waiting=True))


FAULTS: list[tuple[Callable[[Chat], None], str]] = [
    (_without_a_word, "lost"),
    (_stopped_twice, "duplicates"),
    (_without_the_copy, "lost"),
    (_copied_twice, "duplicates"),
    (_half_a_copy, "wrong_content"),
    (_copy_without_photos, "wrong_content"),
    (_without_a_receipt, "lost"),
    (_two_receipts, "duplicates"),
    (_nothing_erased, "wrong_content"),
    (_something_left, "orphans"),
    (_waiting_for_ever, "orphans"),
]


def test_errands_without_faults_are_clean() -> None:
    """A stopped answer counts as answered."""
    verdict = check([_person()])

    assert verdict.notes == []
    assert verdict.counts == {"turns": 4, "accepted": 4, "answered": 4}


@pytest.mark.parametrize(("harm", "kind"), FAULTS)
def test_every_fault_of_an_errand_is_found(harm: Callable[[Chat], None], kind: str) -> None:
    """One fault is put into a clean run; the judge names it."""
    chat = _person()
    harm(chat)

    assert set(check([chat]).counts) - {"turns", "accepted", "answered"} == {kind}


def test_a_stopped_answer_may_be_cut_off_or_whole() -> None:
    """Both are honest; a second receipt is what somebody who presses twice asked for."""
    chat = _person()
    said = f"I have 1 photo(s) and 4 message(s) from you. Photo {LOOKS}."
    chat.seen[-2] = Seen(text=f"{said} You said: w7n4a What (stopped here)\nStopped.")
    chat.presses = 2
    chat.after.append(Seen(text="There was nothing to erase. Receipt: 8."))
    assert check([chat]).notes == []
    chat.seen[-2] = Seen(text=f"{said} You said: w7n4a What do you think w7n4z")
    assert check([chat]).notes == []
    chat.seen[-2] = Seen(text=f"{said} You said: w7n4a What")
    assert check([chat]).counts["wrong_content"] == 1


def test_pictures_of_a_person_with_errands_are_judged_as_ever() -> None:
    """An archive is no outline."""
    chat = _person()
    chat.seen.append(Seen(text="", pictures=(_drawn(41), OWN)))
    assert check([chat]).counts["duplicates"] == 2
