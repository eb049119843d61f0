"""Turn parsed TOML tables into conditions, and say exactly what is wrong with them.

Each entry is checked alone here; links between entries are checked by ``core.ontology``.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast, get_args

from core.domain.conditions import (
    AgeBand,
    Condition,
    Group,
    Malignancy,
    Neighbour,
    Site,
    Urgency,
)

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ICD11 = re.compile(r"[0-9A-Z][A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,2})?")
_GROUP_FIELDS = frozenset({"lay_name", "medical_name", "parent"})
_REQUIRED: Mapping[str, type] = {
    "lay_name": str,
    "medical_name": str,
    "findings": list,
    "malignancy": str,
    "urgency": str,
    "see_doctor": list,
    "source": str,
}
_OPTIONAL: Mapping[str, type] = {
    "synonyms": list,
    "group": str,
    "icd11": str,
    "sites": list,
    "ages": list,
    "neighbours": dict,
    "contagious": bool,
    "self_care": list,
    "checklist": list,
    "drawable": bool,
}

WordT = TypeVar("WordT", bound=str)


class OntologyInvalid(ValueError):
    """The ontology file is wrong; the message names the entry and the field."""

    def __init__(self, entry: str, field: str, problem: str) -> None:
        """Keep the place of the fault.

        Args:
            entry: Id of the entry, or the name of the file or section.
            field: Field at fault, ``"-"`` where it is the whole entry.
            problem: What is wrong, for the person who edits the file.
        """
        super().__init__(f"{entry}: {field}: {problem}")
        self.entry = entry
        self.field = field


def read_group(group_id: str, entry: Mapping[str, Any]) -> Group:
    """Read one ``[groups.<id>]`` table.

    Raises:
        OntologyInvalid: A field is missing, unknown or of the wrong kind.
    """
    _check_id(group_id)
    for field in entry:
        if field not in _GROUP_FIELDS:
            raise OntologyInvalid(group_id, field, "unknown field")
    for field in ("lay_name", "medical_name"):
        if not isinstance(entry.get(field), str):
            raise OntologyInvalid(group_id, field, "must be text")
    return Group(
        id=group_id,
        lay_name=entry["lay_name"],
        medical_name=entry["medical_name"],
        parent=entry.get("parent"),
    )


def read_condition(condition_id: str, entry: Mapping[str, Any]) -> Condition:
    """Read one ``[conditions.<id>]`` table.

    Raises:
        OntologyInvalid: A field is missing, unknown, empty or outside its vocabulary.
    """
    _check_id(condition_id)
    _check_fields(condition_id, entry)
    condition = Condition(
        id=condition_id,
        lay_name=entry["lay_name"],
        medical_name=entry["medical_name"],
        synonyms=_texts(condition_id, entry, "synonyms"),
        group=entry.get("group"),
        icd11=entry.get("icd11"),
        findings=_texts(condition_id, entry, "findings"),
        sites=_words(condition_id, entry, "sites", get_args(Site)),
        ages=_words(condition_id, entry, "ages", get_args(AgeBand)),
        neighbours=_neighbours(condition_id, entry),
        contagious=entry.get("contagious", False),
        malignancy=_word(condition_id, entry, "malignancy", get_args(Malignancy)),
        urgency=_word(condition_id, entry, "urgency", get_args(Urgency)),
        self_care=_texts(condition_id, entry, "self_care"),
        see_doctor=_texts(condition_id, entry, "see_doctor"),
        checklist=_texts(condition_id, entry, "checklist"),
        drawable=entry.get("drawable", True),
        source=entry["source"],
    )
    _check_meaning(condition)
    return condition


def _check_id(entry_id: str) -> None:
    if not _ID.fullmatch(entry_id):
        raise OntologyInvalid(entry_id, "id", "must be kebab-case")


def _check_fields(entry_id: str, entry: Mapping[str, Any]) -> None:
    known = {**_REQUIRED, **_OPTIONAL}
    for field, value in entry.items():
        if field not in known:
            raise OntologyInvalid(entry_id, field, "unknown field")
        if not isinstance(value, known[field]):
            raise OntologyInvalid(entry_id, field, f"must be of type {known[field].__name__}")
    for field in _REQUIRED:
        if not entry.get(field):
            raise OntologyInvalid(entry_id, field, "is missing or empty")


def _texts(entry_id: str, entry: Mapping[str, Any], field: str) -> tuple[str, ...]:
    values = cast("list[Any]", entry.get(field, []))
    if any(not isinstance(value, str) or not value.strip() for value in values):
        raise OntologyInvalid(entry_id, field, "must be a list of texts, none of them empty")
    if len(set(values)) != len(values):
        raise OntologyInvalid(entry_id, field, "says the same thing twice")
    return tuple(values)


def _words(
    entry_id: str, entry: Mapping[str, Any], field: str, vocabulary: tuple[WordT, ...]
) -> tuple[WordT, ...]:
    values = _texts(entry_id, entry, field)
    for value in values:
        if value not in vocabulary:
            raise OntologyInvalid(entry_id, field, f"{value!r} is not one of {list(vocabulary)}")
    return cast("tuple[WordT, ...]", values)


def _word(
    entry_id: str, entry: Mapping[str, Any], field: str, vocabulary: tuple[WordT, ...]
) -> WordT:
    if entry[field] not in vocabulary:
        raise OntologyInvalid(entry_id, field, f"{entry[field]!r} is not one of {list(vocabulary)}")
    return cast("WordT", entry[field])


def _neighbours(entry_id: str, entry: Mapping[str, Any]) -> tuple[Neighbour, ...]:
    pairs = cast("Mapping[str, Any]", entry.get("neighbours", {}))
    for other, text in pairs.items():
        if other == entry_id:
            raise OntologyInvalid(entry_id, "neighbours", "an entry cannot be its own look-alike")
        if not isinstance(text, str) or not text.strip():
            raise OntologyInvalid(entry_id, "neighbours", f"{other}: say what tells them apart")
    return tuple(Neighbour(condition_id=k, tells_apart=v) for k, v in pairs.items())


def _check_meaning(condition: Condition) -> None:
    """Hold the rules that keep people safe: no cancer is routine, what is drawn can be checked."""
    if condition.icd11 is not None and not _ICD11.fullmatch(condition.icd11):
        raise OntologyInvalid(condition.id, "icd11", f"{condition.icd11!r} is not an ICD-11 code")
    if condition.malignancy == "malignant" and condition.urgency == "routine":
        raise OntologyInvalid(condition.id, "urgency", "a malignant condition is never routine")
    if condition.drawable and not condition.checklist:
        raise OntologyInvalid(condition.id, "checklist", "a drawable condition needs one")
    for field, prefix in (("self_care", "care-"), ("see_doctor", "see-")):
        for key in getattr(condition, field):
            if not key.startswith(prefix):
                raise OntologyInvalid(condition.id, field, f"{key!r} must start with {prefix!r}")
