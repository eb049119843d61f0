"""What the label names of published data sets mean in the ontology."""

import tomllib
from collections.abc import Mapping
from pathlib import Path


class Labels:
    """The label names of several data sets, each mapped to a condition."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        """Keep the mappings.

        Args:
            tables: Per data set: label name to condition id, ``""`` where a label is no condition.
        """
        self._tables = {
            dataset: {_fold(label): value for label, value in table.items()}
            for dataset, table in tables.items()
        }

    def datasets(self) -> tuple[str, ...]:
        """Return the names of the data sets, in the order of the file."""
        return tuple(self._tables)

    def condition_id(self, dataset: str, label: str) -> str | None:
        """Return the condition that a label stands for, or None where it stands for none.

        Raises:
            KeyError: The data set or the label is not known: a typo must not lose pictures.
        """
        return self._tables[dataset][_fold(label)] or None

    def ids(self, dataset: str) -> tuple[str, ...]:
        """Return the conditions that a data set has, each once.

        Raises:
            KeyError: No such data set.
        """
        return tuple(dict.fromkeys(one for one in self._tables[dataset].values() if one))


def load_labels(path: Path) -> Labels:
    """Read ``labels.toml``.

    Raises:
        FileNotFoundError: No file at that path.
        tomllib.TOMLDecodeError: The file is not TOML.
    """
    return Labels(tomllib.loads(path.read_text(encoding="utf-8")))


def _fold(label: str) -> str:
    return label.strip().casefold()
