"""Read the ontology of skin conditions and find entries in it.

The file is data that people edit, so every fault is named by entry and field. Loading knows nothing
of the catalogue: whether an advice key has a sentence is checked elsewhere.
"""

import difflib
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from core.domain.conditions import Condition, Group
from core.naming import normalise
from core.ontology_faults import file_faults, link_faults, names_of
from core.ontology_reader import OntologyInvalid, read_condition, read_group

__all__ = ["Ontology", "OntologyInvalid", "load_ontology"]

_CLOSE = 0.84
"""Similarity above which a typed name counts as a misspelling; chosen on the cases of the tests."""
_SHORTEST_FUZZY = 4


class Ontology:
    """All conditions and their families, read once and never changed."""

    def __init__(self, conditions: Iterable[Condition], groups: Iterable[Group] = ()) -> None:
        """Index the entries.

        Args:
            conditions: Entries with unique ids.
            groups: Families that the entries name.

        Raises:
            OntologyInvalid: An entry names a condition or a group that does not exist, a name
                belongs to two conditions, or the groups form a circle.
        """
        self._conditions = {condition.id: condition for condition in conditions}
        self._groups = {group.id: group for group in groups}
        fault = next(link_faults(self.all(), self.groups()), None)
        if fault is not None:
            raise fault
        self._names = {name: one.id for one in self.all() for name in names_of(one)}

    def get(self, condition_id: str) -> Condition:
        """Return the entry with this id.

        Raises:
            KeyError: No such condition.
        """
        return self._conditions[condition_id]

    def find(self, text: str) -> Condition | None:
        """Return the condition that somebody means by ``text``, or None.

        Case, accents, plurals and small misspellings do not matter. A sentence that contains a name
        (``"show me ringworm"``) finds it too; of several names the longest wins.
        """
        wanted = normalise(text)
        if wanted in self._names:
            return self._conditions[self._names[wanted]]
        return self._named_inside(wanted) or self._misspelt(wanted)

    def suggestions(self, text: str, limit: int = 3) -> tuple[Condition, ...]:
        """Return the conditions whose names come nearest to ``text``, best first."""
        near = difflib.get_close_matches(normalise(text), self._names, n=limit * 3, cutoff=0.4)
        ids = dict.fromkeys(self._names[name] for name in near)
        return tuple(self._conditions[condition_id] for condition_id in list(ids)[:limit])

    def all(self) -> tuple[Condition, ...]:
        """Return every condition in the order of the file."""
        return tuple(self._conditions.values())

    def groups(self) -> tuple[Group, ...]:
        """Return every family in the order of the file."""
        return tuple(self._groups.values())

    def candidates(self, ids: Iterable[str]) -> tuple[Condition, ...]:
        """Return the entries with these ids, in the order given.

        Raises:
            KeyError: One of them does not exist.
        """
        return tuple(self._conditions[condition_id] for condition_id in ids)

    def parent(self, entry_id: str) -> Group | None:
        """Return the family of a condition or of a group; None at the top.

        Raises:
            KeyError: Neither a condition nor a group has this id.
        """
        if entry_id in self._conditions:
            parent = self._conditions[entry_id].group
        else:
            parent = self._groups[entry_id].parent
        return None if parent is None else self._groups[parent]

    def members(self, group_id: str) -> tuple[Condition, ...]:
        """Return every condition in a family, those of its sub-families too."""
        return tuple(c for c in self.all() if group_id in self.lineage(c.id))

    def lineage(self, entry_id: str) -> tuple[str, ...]:
        """Return the ids of all families above an entry, nearest first.

        Raises:
            KeyError: Neither a condition nor a group has this id.
        """
        above: list[str] = []
        group = self.parent(entry_id)
        while group is not None and group.id not in above:
            above.append(group.id)
            group = self.parent(group.id)
        return tuple(above)

    def common_parent(self, ids: Iterable[str]) -> Group | None:
        """Return the smallest family that holds all these conditions: what to say when unsure."""
        lines = [self.lineage(condition_id) for condition_id in ids]
        shared = (g for g in lines[0] if all(g in line for line in lines)) if lines else iter(())
        return self._groups.get(next(shared, ""))

    def _named_inside(self, wanted: str) -> Condition | None:
        padded = f" {wanted} "
        inside = [name for name in self._names if f" {name} " in padded]
        return self._conditions[self._names[max(inside, key=len)]] if inside else None

    def _misspelt(self, wanted: str) -> Condition | None:
        if len(wanted) < _SHORTEST_FUZZY:
            return None
        near = difflib.get_close_matches(wanted, self._names, n=1, cutoff=_CLOSE)
        return self._conditions[self._names[near[0]]] if near else None


def load_ontology(source: Path | Mapping[str, Any]) -> Ontology:
    """Read the ontology from a TOML file or from its parsed content.

    Args:
        source: Path of ``conditions.toml``, or a mapping with ``groups`` and ``conditions``.

    Returns:
        The checked ontology.

    Raises:
        OntologyInvalid: The file is not TOML or an entry is wrong; names entry and field.
        FileNotFoundError: No file at that path.
    """
    parsed = _parse(source) if isinstance(source, Path) else source
    groups = [read_group(key, entry) for key, entry in _tables(parsed, "groups")]
    conditions = [read_condition(key, entry) for key, entry in _tables(parsed, "conditions")]
    if not conditions:
        raise OntologyInvalid("conditions", "-", "the file has no conditions")
    return Ontology(conditions, groups)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OntologyInvalid(path.name, "-", f"not a TOML file: {error}") from error


def _tables(parsed: Mapping[str, Any], section: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    entries = parsed.get(section, {})
    if not isinstance(entries, Mapping):
        raise OntologyInvalid(section, "-", "must be tables, one per entry")
    for key, entry in entries.items():
        if not isinstance(entry, Mapping):
            raise OntologyInvalid(str(key), "-", "must be a table")
        yield key, cast("Mapping[str, Any]", entry)


def main(arguments: Sequence[str]) -> int:
    """Check ontology files: print every fault, return 1 when there is one.

    Args:
        arguments: Paths of ontology files.
    """
    faults = [fault for argument in arguments for fault in file_faults(Path(argument))]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults or not arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
