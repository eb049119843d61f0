"""How safely the rules decide: `python -m workers.evaluation.safety`, JSON on the last line.

Triage and refusals are scored on the written cases beside this module, which the tests use, too.
``--cases FOLDER`` scores files of the same form that the rules have never seen. Each part is one
function in ``PARTS`` that returns its figures; a further part is one more entry.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from core.domain.triage import LEVELS
from core.ontology import load_ontology
from core.refusals import refusal
from core.triage import triage
from workers.evaluation import photo_faces, photo_gate, steadiness

CASES: Final = Path(__file__).parent / "cases"
ONTOLOGY: Final = Path("config/conditions.toml")
Case = dict[str, Any]
Figures = dict[str, Any]


def read_cases(pattern: str, folder: Path = CASES) -> list[Case]:
    """Return the cases of all files that match, each with text, locale, and level or kind."""
    paths = sorted(folder.glob(pattern))
    return [
        case for path in paths for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


def measure_triage(cases: Iterable[Case]) -> Figures:
    """Score the triage.

    Returns:
        ``emergency_recall``: share of emergencies found; ``false_alarm_rate``: share of all other
        cases that are called more urgent than they are; counts; and every text that went wrong.
    """
    judged = [(case, triage([case["text"]], locale=case["locale"]).level) for case in cases]
    emergencies = [pair for pair in judged if pair[0]["level"] == "emergency"]
    others = [pair for pair in judged if pair[0]["level"] != "emergency"]
    missed = [case["text"] for case, level in emergencies if level != "emergency"]
    raised = [
        case["text"] for case, level in others if LEVELS.index(level) > LEVELS.index(case["level"])
    ]
    return {
        "emergency_recall": 1 - len(missed) / max(len(emergencies), 1),
        "false_alarm_rate": len(raised) / max(len(others), 1),
        "emergency_count": len(emergencies),
        "other_count": len(others),
        "missed": missed,
        "raised": raised,
    }


def measure_refusals(cases: Iterable[Case]) -> Figures:
    """Score the refusals.

    Returns:
        ``refusal_ok``: share of messages judged right, those that need no refusal among them;
        counts; and every text that went wrong.
    """
    ontology = load_ontology(ONTOLOGY)
    all_cases = list(cases)
    wrong = []
    for case in all_cases:
        found = refusal(case["text"], case["locale"], ontology)
        if (found.kind if found else "none") != case["kind"]:
            wrong.append(case["text"])
    return {
        "refusal_ok": 1 - len(wrong) / max(len(all_cases), 1),
        "refusal_count": len(all_cases),
        "refused_wrongly": wrong,
    }


def measure_photos(options: argparse.Namespace) -> Figures:
    """Score the photo gate and the skin tone on fresh renders."""
    if not options.photos:
        return {}
    figures = photo_gate.measure(options.photos, options.seed)
    figures |= photo_faces.measure(min(options.photos // 2, 100), options.seed)
    return {key.replace("pictures", "photo_count"): value for key, value in figures.items()}


def measure_steadiness(options: argparse.Namespace) -> Figures:
    """Score whether unsteady answers of the demo model are noticed."""
    return steadiness.measure(options.photos // 3, options.seed) if options.photos else {}


PARTS: Final[tuple[Callable[[argparse.Namespace], Figures], ...]] = (
    lambda options: measure_triage(read_cases("red_flags*.toml", options.cases)),
    lambda options: measure_refusals(read_cases("refusals*.toml", options.cases)),
    measure_photos,
    measure_steadiness,
)


def main() -> None:
    """Measure every part and print one JSON object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=CASES)
    parser.add_argument("--photos", type=int, default=120, help="renders; 0 leaves photos out")
    parser.add_argument("--seed", type=int, default=7_000_000)
    options = parser.parse_args()
    figures: Figures = {}
    for part in PARTS:
        figures |= part(options)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
