"""The shortlist: common, fitting and dangerous conditions are asked about, not all of them."""

from pathlib import Path

from core.domain.cases import Case, CaseHead, Turn
from core.domain.messages import CaseId, ChatRef, Person
from core.labels import load_labels
from core.ontology import load_ontology
from workers.shortlist import LONGEST, Shortlist

CONFIG = Path(__file__).parents[2] / "config"
ONTOLOGY = load_ontology(CONFIG / "conditions.toml")
SHORTLIST = Shortlist(ONTOLOGY, load_labels(CONFIG / "labels.toml"))


def _ids(*answers: str, text: str = "What is it?") -> set[str]:
    head = CaseHead(
        id=CaseId("c"),
        chat=ChatRef(platform="p", chat_id="1"),
        owner=Person(platform="p", user_id="1"),
        locale="en",
        register="lay",
        created_s=0,
    )
    turn = Turn(id="t", role="user", text=text, at_s=0, answers=answers)
    return {one.condition_id for one in SHORTLIST.of(Case(head=head, turns=(turn,)))}


def test_a_list_is_much_shorter_than_the_ontology() -> None:
    """About fifty conditions are scored, not all."""
    assert LONGEST <= len(_ids()) <= LONGEST + 12 < len(ONTOLOGY.all()) / 2


def test_what_must_not_be_missed_is_always_asked_about() -> None:
    """No answer takes melanoma or the other skin cancers off the list."""
    for answers in ((), ("site=foot",), ("site=head", "symptoms=itching")):
        wanted = {"melanoma", "basal-cell-carcinoma", "squamous-cell-carcinoma"}
        assert wanted <= _ids(*answers)


def test_the_place_decides() -> None:
    """Athlete's foot is asked about on a foot, and not on a head."""
    assert "tinea-pedis" in _ids("site=foot")
    assert "tinea-pedis" not in _ids("site=head")


def test_what_somebody_names_is_asked_about() -> None:
    """A rare condition that the person suspects is not left out."""
    assert "tungiasis" not in _ids()
    assert "tungiasis" in _ids(text="Could it be tungiasis?")
