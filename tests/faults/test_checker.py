"""The judge of the fault runs, judged: it finds every kind of fault, and none in a clean run."""

import io
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from tests.faults.harness.checker import check
from tests.faults.harness.record import Chat, Seen, Turn, looks_for, looks_of, photo, seed_colour
from tests.faults.harness.schedule import deck, schedule

LOOKS = looks_for(random.Random(1))
OWN = photo(LOOKS)


def _drawn(seed: int) -> bytes:
    picture = Image.new("RGB", (64, 64), (1, 2, 3))
    picture.paste(seed_colour(str(seed)), (0, 0, 32, 64))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _answer(turn: Turn, count: int) -> Seen:
    said = f"I have 1 photo(s) and {count} message(s) from you. Photo {LOOKS}."
    return Seen(text=f"{said} You said: {turn.text}\nRingworm fits well. Ringworm passes on.")


def _right() -> Chat:
    """Return a conversation in which everything is as it should be."""
    turns = [
        Turn(number=n, token=f"w7n{n}", looks=LOOKS if n == 1 else "", sent_s=n, accepted_s=n + 0.5)
        for n in (1, 2, 3)
    ]
    card = "Ringworm · skin: light · seed: 41, 42"
    seen = [
        _answer(turns[0], 1),
        Seen(text="The outlined area is what I looked at.", pictures=(OWN,)),
        Seen(text=card, pictures=(_drawn(41), _drawn(42))),
        _answer(turns[1], 2),
        _answer(turns[2], 3),
    ]
    return Chat(name="chat:7", turns=turns, seen=seen)


def _without_an_answer(chat: Chat) -> None:
    del chat.seen[3]


def _twice(chat: Chat) -> None:
    chat.seen.append(chat.seen[3])


def _half(chat: Chat) -> None:
    chat.seen[3] = replace(chat.seen[3], text=chat.seen[3].text.partition(" What")[0])


def _swapped(chat: Chat) -> None:
    chat.seen[3], chat.seen[4] = chat.seen[4], chat.seen[3]


def _forgetful(chat: Chat) -> None:
    chat.seen[4] = _answer(chat.turns[2], 2)


def _other_photo(chat: Chat) -> None:
    chat.seen[3] = replace(chat.seen[3], text=chat.seen[3].text.replace(LOOKS, "123456"))


def _other_outline(chat: Chat) -> None:
    chat.seen[1] = replace(chat.seen[1], pictures=(photo(looks_for(random.Random(2))),))


def _other_pictures(chat: Chat) -> None:
    chat.seen[2] = replace(chat.seen[2], pictures=(_drawn(41), _drawn(99)))


def _album_twice(chat: Chat) -> None:
    chat.seen.append(Seen(text="", pictures=chat.seen[2].pictures))


def _placeholder(chat: Chat) -> None:
    chat.seen.append(Seen(text="Let me think.", waiting=True))


def _still_waiting(chat: Chat) -> None:
    chat.seen[4] = replace(chat.seen[4], waiting=True)


FAULTS: list[tuple[Callable[[Chat], None], str]] = [
    (_without_an_answer, "lost"),
    (_twice, "duplicates"),
    (_half, "wrong_content"),
    (_swapped, "out_of_order"),
    (_forgetful, "wrong_content"),
    (_other_photo, "wrong_content"),
    (_other_outline, "wrong_content"),
    (_other_pictures, "wrong_content"),
    (_album_twice, "duplicates"),
    (_placeholder, "orphans"),
    (_still_waiting, "lost"),
]


def test_a_run_without_faults_is_clean() -> None:
    """Everything is counted and nothing is found."""
    verdict = check([_right()])

    assert verdict.notes == []
    assert verdict.counts == {"turns": 3, "accepted": 3, "answered": 3}


@pytest.mark.parametrize(("harm", "kind"), FAULTS)
def test_every_kind_of_fault_is_found(harm: Callable[[Chat], None], kind: str) -> None:
    """One fault is put into a clean run; the judge names it."""
    chat = _right()
    harm(chat)

    assert check([chat]).counts[kind] > 0


def test_an_answer_in_the_wrong_chat_is_found() -> None:
    """What one person asked must not stand in another's chat."""
    mine, other = _right(), Chat(name="chat:8", seen=[_right().seen[3]])

    assert "chat:8: shows w7n2 of somebody else" in " ".join(check([mine, other]).notes)


def test_two_seeds_of_one_colour_are_two_pictures() -> None:
    """Of many seeds some have one colour; a third picture is still one too many."""
    chat = _right()
    chat.seen[2] = Seen(
        text=chat.seen[2].text.replace("41, 42", "207, 1149"),
        pictures=(_drawn(207), _drawn(1149)),
    )
    assert check([chat]).notes == []
    chat.seen.append(Seen(text="", pictures=(_drawn(207),)))
    assert check([chat]).counts["duplicates"] == 1


def test_messages_under_way_together_have_no_order() -> None:
    """Only who was acknowledged before the next was sent comes first."""
    chat = _right()
    chat.turns[1].accepted_s = chat.turns[2].accepted_s = 9.0
    chat.seen[3], chat.seen[4] = _answer(chat.turns[2], 2), _answer(chat.turns[1], 3)

    assert check([chat]).notes == []


def test_the_same_seed_gives_the_same_faults() -> None:
    """A failure can be had again; and a run of a thousand turns meets every fault."""
    assert schedule(3, 1000) == schedule(3, 1000)
    assert schedule(3, 1000) != schedule(4, 1000)
    met = {(one.kind, one.target, one.detail) for one in schedule(3, 1000)}
    assert met == {(one.kind, one.target, one.detail) for one in deck()}


def test_a_photo_keeps_its_fingerprint() -> None:
    """What is light and dark in a photo is read back from its pixels."""
    assert [looks_of(photo(looks_for(random.Random(n)))) for n in range(5)] == [
        looks_for(random.Random(n)) for n in range(5)
    ]
