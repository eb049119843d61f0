"""One table of ``models.toml``, as backends get it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.domain.errors import ModelUnavailable
from workers.devices import Device

Table = Literal["vlm", "generator", "localizer", "embedder", "inpainter"]
"""Tables of ``models.toml``: what answers, draws, finds the area, compares, draws on photos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """One table of ``models.toml``.

    Attributes:
        kind: Which of the tables it stands in.
        name: What settings call it.
        backend: Module of ``workers/vlms``, ``workers/generators`` or ``workers/localizers``.
        checkpoint: Id on a model hub; empty where ``folder`` is set or the backend needs neither.
        folder: Absolute path of a local checkpoint, or None.
        revision: Commit or tag of ``checkpoint``.
        dtype: ``auto``, ``float32``, ``float16``, ``bfloat16`` or ``int8`` (weights only).
        licence: Whose terms the operator accepts by choosing it.
        adapters: LoRA folder or id per condition id; ``*`` is used for all others.
        options: All other keys, for the backend.
    """

    kind: Table
    name: str
    backend: str
    checkpoint: str = ""
    folder: Path | None = None
    revision: str = "main"
    dtype: str = "auto"
    licence: str = ""
    adapters: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Return what the Auto classes load from."""
        return str(self.folder) if self.folder else self.checkpoint

    @property
    def label(self) -> str:
        """Return how sentences for the operator call it."""
        return f"{self.kind} {self.name!r}"

    def number(self, key: str, default: float) -> float:
        """Return a number among the options.

        Raises:
            ModelUnavailable: It is something else.
        """
        value = self.options.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ModelUnavailable(f"{self.label}: {key} must be a number, not {value!r}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What a backend's ``build`` gets.

    Attributes:
        entry: Its table.
        device: Where it may compute.
        secret: Key of an endpoint, from the settings; empty for local models.
    """

    entry: ModelEntry
    device: Device
    secret: str = field(default="", repr=False)
