"""Names in data sets: each stands for a known condition, and typos are errors."""

import tomllib
from pathlib import Path

import pytest

from core.labels import load_labels
from core.ontology import load_ontology, main

CONFIG = Path(__file__).parents[2] / "config"
LABELS = load_labels(CONFIG / "labels.toml")
ONTOLOGY = load_ontology(CONFIG / "conditions.toml")


def test_every_label_stands_for_a_known_condition() -> None:
    """No mapping leads nowhere."""
    for dataset in LABELS.datasets():
        assert ONTOLOGY.candidates(LABELS.ids(dataset)), dataset


def test_fitzpatrick17k_is_complete() -> None:
    """All 114 labels of Fitzpatrick17k are mapped."""
    text = (CONFIG / "labels.toml").read_text(encoding="utf-8")
    section = text.split("[fitzpatrick17k]")[1].split("\n[")[0]
    assert sum(" = " in line for line in section.splitlines()) == 114


@pytest.mark.parametrize(("dataset", "count"), [("ddi", 78), ("derm12345", 40)])
def test_other_lists_are_complete(dataset: str, count: int) -> None:
    """DDI has 78 names of diseases, DERM12345 forty."""
    tables = tomllib.loads((CONFIG / "labels.toml").read_text(encoding="utf-8"))
    assert len(tables[dataset]) == count


@pytest.mark.parametrize(
    ("dataset", "label", "expected"),
    [
        ("ham10000", "nv", "melanocytic-nevus"),
        ("isic2019", "SCC", "squamous-cell-carcinoma"),
        ("isic2019", "UNK", None),
        ("scin", "herpes zoster ", "herpes-zoster"),
        ("fitzpatrick17k", "superficial spreading melanoma ssm", "melanoma"),
        ("msld-v2", "Healthy", None),
        ("pad-ufes-20", "ACK", "actinic-keratosis"),
        ("ddi", "nodular-melanoma-(nm)", "melanoma"),
        ("ddi", "squamous-cell-carcinoma-in-situ", "bowen-disease"),
        ("ddi", "leukemia-cutis", None),
        ("derm12345", "alm", "melanoma"),
        ("dermacon-in", "Tinea faciei", "tinea-corporis"),
    ],
)
def test_labels_are_looked_up(dataset: str, label: str, expected: str | None) -> None:
    """Case and spaces do not matter; a label can stand for no condition at all."""
    assert LABELS.condition_id(dataset, label) == expected


def test_a_typo_in_a_label_is_an_error() -> None:
    """Pictures are never dropped in silence."""
    with pytest.raises(KeyError):
        LABELS.condition_id("ham10000", "nevvus")


def test_the_file_in_the_repository_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """The validator finds no fault in the ontology, the labels and the catalogue."""
    assert main([str(CONFIG / "conditions.toml")]) == 0
    assert capsys.readouterr().out == ""


def test_the_validator_lists_every_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All faults are printed, one a line, with entry and field; the exit status says so."""
    good = 'lay_name="x"\nmedical_name="y"\nfindings=["f"]\nmalignancy="benign"\nsource="s"\n'
    (tmp_path / "conditions.toml").write_text(
        '[groups.a]\nlay_name="a"\nmedical_name="a"\nparent="zzz"\n'
        f'[conditions.one]\n{good}urgency="never"\nsee_doctor=["see-x"]\n'
        f'[conditions.two]\n{good}urgency="soon"\nsee_doctor=["see-x"]\nchecklist=["c"]\n'
        'group="gone"\nneighbours.three="t"\n',
        encoding="utf-8",
    )
    (tmp_path / "labels.toml").write_text('[set]\n"a" = "nowhere"\n', encoding="utf-8")
    assert main([str(tmp_path / "conditions.toml")]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert [line.rsplit(":", 1)[0] for line in printed] == [
        "one: urgency",
        "a: parent",
        "two: group",
        "two: neighbours",
        "labels.toml: set: a",
    ]


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    """The validator says so instead of failing with a traceback."""
    assert main([str(tmp_path / "gone.toml")]) == 1
