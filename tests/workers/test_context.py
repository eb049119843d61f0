"""What a model is shown: the important lines for as long as anything fits."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.domain.cases import Assessment, Case, CaseHead, CasePhoto, Turn
from core.domain.messages import BlobKey, CaseId, ChatRef, Person
from workers.context import MARKS_TOKENS, Line, Window, dialogue

SYSTEM = "You explain skin photos."
ASSESSED = Assessment(findings="red", differential=())
HEAD = CaseHead(
    id=CaseId("c"),
    chat=ChatRef(platform="console", chat_id="1"),
    owner=Person(platform="console", user_id="1"),
    locale="en",
    register="lay",
    created_s=0,
)


def photo(name: str) -> CasePhoto:
    """Return a photo called ``name``."""
    return CasePhoto(blob=BlobKey(name), width_px=8, height_px=8)


def turn(
    name: str,
    text: str,
    *,
    user: bool = True,
    photos: tuple[CasePhoto, ...] = (),
    assessment: Assessment | None = None,
) -> Turn:
    """Return a turn."""
    role = "user" if user else "assistant"
    return Turn(
        id=name,
        role=role,  # type: ignore[arg-type]
        text=text,
        at_s=0,
        photos=photos,
        assessment=assessment,
    )


def window(tokens: int) -> Window:
    """Return a window in which a word is a token and a photo ten."""
    return Window(tokens=tokens, photo_tokens=10, count=lambda text: len(text.split()))


CASE = Case(
    head=HEAD,
    turns=(
        turn("t0", "hello there my friend"),
        turn("t0a", "hello to you too", user=False),
        turn("t1", "what is this", photos=(photo("p1"),)),
        turn("t1a", "it may be eczema", user=False, assessment=ASSESSED),
        turn("t2", "thank you so much"),
        turn("t2a", "you are welcome", user=False),
        turn("t3", "does it itch"),
    ),
)


def test_everything_is_shown_while_it_fits() -> None:
    """A short case is shown whole, system prompt first."""
    lines = dialogue(CASE, "t3", SYSTEM, window(1000))

    assert [line.text for line in lines] == [SYSTEM, *(turn.text for turn in CASE.turns)]
    assert lines[3].photos == (BlobKey("p1"),)


def test_oldest_small_talk_goes_first() -> None:
    """When it does not fit, photo, assessment and question stay; the oldest chat goes first."""
    whole = window(1000).cost(dialogue(CASE, "t3", SYSTEM, window(1000)))

    lines = dialogue(CASE, "t3", SYSTEM, window(whole - 1))
    assert [line.text for line in lines] == [SYSTEM, *(turn.text for turn in CASE.turns[2:])]

    lines = dialogue(CASE, "t3", SYSTEM, window(whole - 3 * MARKS_TOKENS))
    assert [line.text for line in lines] == [
        SYSTEM, "what is this", "it may be eczema", "does it itch"
    ]  # fmt: skip


def test_later_turns_are_not_shown() -> None:
    """The model sees the case as it was when the question was asked."""
    assert dialogue(CASE, "t1", "", window(1000))[-1].text == "what is this"


def test_photo_without_words_asks_a_question() -> None:
    """A bare photo gets a question, and intake answers are spelled out."""
    bare = Turn(
        id="t",
        role="user",
        text="",
        at_s=0,
        photos=(photo("p"),),
        answers=("duration=three-months", "rate=up"),
    )

    (line,) = dialogue(Case(head=HEAD, turns=(bare,)), "t", "", window(100))

    assert line == Line(
        role="user",
        text="duration: three months\nWhat could this be?",
        photos=(BlobKey("p"),),
        stays=True,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw cases of any shape, ending with a person's turn."""
    kinds = draw(st.lists(st.sampled_from(["talk", "photo", "answer", "assessment"]), max_size=12))
    turns = []
    for index, kind in enumerate([*kinds, draw(st.sampled_from(["talk", "photo"]))]):
        text = " ".join(["word"] * draw(st.integers(0, 200)))
        count = draw(st.integers(1, 2)) if kind == "photo" else 0
        photos = tuple(photo(f"{index}-{number}") for number in range(count))
        assessment = ASSESSED if kind == "assessment" else None
        user = kind in ("talk", "photo")
        turns.append(turn(f"t{index}", text, user=user, photos=photos, assessment=assessment))
    return Case(head=HEAD, turns=tuple(turns))


@given(case=cases(), tokens=st.integers(150, 3000))
def test_whatever_the_case_the_rules_hold(case: Case, tokens: int) -> None:
    """It fits whenever the indispensable does; roles alternate; newest photos and question stay."""
    last = case.turns[-1]

    lines = dialogue(case, last.id, SYSTEM, window(tokens))

    bare_bones = len(case.turns) * (MARKS_TOKENS + 10) + 40
    if tokens >= bare_bones:
        assert window(tokens).cost(lines) <= tokens
    assert lines[0].text == SYSTEM
    roles = [line.role for line in lines[1:]]
    assert all(one != other for one, other in pairwise(roles))
    assert roles[-1] == "user"
    newest = case.last_photos()
    shown = [key for line in lines for key in line.photos]
    assert not newest or newest[-1].blob in shown
    if not last.photos:
        assert last.text[:20].strip() in lines[-1].text
