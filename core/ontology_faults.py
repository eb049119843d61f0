"""Find every fault of an ontology at once, for the people who edit it.

Loading stops at the first fault; this reads on. What lies beside the file is checked with it: the
label names of data sets (``labels.toml``) and the catalogue (``locales``).
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.domain.conditions import Condition, Group
from core.naming import normalise
from core.ontology_reader import OntologyInvalid, read_condition, read_group
from core.words import Words


def file_faults(path: Path) -> list[str]:
    """Return all faults of an ontology file and of its neighbours, one line each.

    Args:
        path: ``conditions.toml``; ``labels.toml`` and ``locales`` beside it are read if there.
    """
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [f"{path.name}: cannot be read: {error}"]
    faults: list[OntologyInvalid] = []
    groups = list(_read(parsed.get("groups", {}), read_group, faults))
    conditions = list(_read(parsed.get("conditions", {}), read_condition, faults))
    faults += link_faults(conditions, groups)
    found = [str(fault) for fault in faults]
    found += _label_faults(path.with_name("labels.toml"), {one.id for one in conditions})
    found += _catalogue_faults(path.with_name("locales"), conditions, groups)
    return found


def link_faults(
    conditions: Sequence[Condition], groups: Sequence[Group]
) -> Iterator[OntologyInvalid]:
    """Yield faults between entries: missing groups and look-alikes, circles, shared names."""
    parents = {group.id: group.parent for group in groups}
    ids = {condition.id for condition in conditions}
    for group in groups:
        if group.parent is not None and group.parent not in parents:
            yield OntologyInvalid(group.id, "parent", f"no group {group.parent!r}")
        elif _in_circle(group.id, parents):
            yield OntologyInvalid(group.id, "parent", "the group is its own ancestor")
    for condition in conditions:
        if condition.group is not None and condition.group not in parents:
            yield OntologyInvalid(condition.id, "group", f"no group {condition.group!r}")
        for neighbour in condition.neighbours:
            if neighbour.condition_id not in ids:
                missing = f"no condition {neighbour.condition_id!r}"
                yield OntologyInvalid(condition.id, "neighbours", missing)
    yield from _shared_names(conditions)


def names_of(condition: Condition) -> tuple[str, ...]:
    """Return every name of a condition, normalised."""
    own = (condition.id, condition.lay_name, condition.medical_name, *condition.synonyms)
    return tuple(dict.fromkeys(normalise(name) for name in own))


def _shared_names(conditions: Iterable[Condition]) -> Iterator[OntologyInvalid]:
    owners: dict[str, str] = {}
    for condition in conditions:
        for name in names_of(condition):
            owner = owners.setdefault(name, condition.id)
            if owner != condition.id:
                yield OntologyInvalid(condition.id, "synonyms", f"{name!r} also names {owner}")


def _in_circle(group_id: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    above: str | None = group_id
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above is not None


def _read(entries: Any, read: Any, faults: list[OntologyInvalid]) -> Iterator[Any]:
    # Any: the content of a file nobody has checked yet.
    for key, entry in entries.items() if isinstance(entries, dict) else ():
        try:
            yield read(key, entry if isinstance(entry, dict) else {})
        except OntologyInvalid as fault:
            faults.append(fault)


def _label_faults(path: Path, ids: set[str]) -> Iterator[str]:
    if not path.exists():
        return
    for dataset, labels in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for label, condition_id in labels.items():
            if condition_id and condition_id not in ids:
                yield f"{path.name}: {dataset}: {label}: no condition {condition_id!r}"


def _catalogue_faults(
    folder: Path, conditions: Sequence[Condition], groups: Sequence[Group]
) -> Iterator[str]:
    if not folder.exists():
        return
    words = Words(folder)
    for locale in words.locales():
        wanted = [key for one in conditions for key in (*one.self_care, *one.see_doctor)]
        if locale != "en":  # English names live in the ontology itself
            wanted += [f"condition-{one.id}" for one in conditions]
            wanted += [f"group-{one.id}" for one in groups]
        for key in dict.fromkeys(wanted):
            if not words.has(locale, key):
                yield f"locales/{locale}: no sentence for {key}"
