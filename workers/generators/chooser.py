"""Draws each condition by the means that is good enough for it.

``generator.toml`` beside the checkpoint says, from a measurement, which conditions the diffusion
model draws recognisably and with which adapter; all others come from the renderer, labelled as
schematic drawings.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from core.domain.cases import PictureSpec
from core.domain.errors import ModelUnavailable
from workers.demo_pack import prompts
from workers.entries import BuildOptions, ModelEntry
from workers.generators import Drawn, DrawRequest, Generator, diffusers_sd, schematic
from workers.generators.schematic import nearest_site
from workers.generators.support.easel import draw_all, easel_of

FILE_NAME: Final = "generator.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What ``generator.toml`` says.

    Attributes:
        conditions: Ids that the diffusion model may draw.
        adapters: Folder per condition that has an adapter.
        options: Recipe: ``steps`` and ``guidance``.
    """

    conditions: frozenset[str]
    adapters: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """Two generators as one.

    Attributes:
        name: For records and cards.
        served: Conditions for ``diffusion``.
        diffusion: None when it may draw nothing.
        drawing: Draws all others.
    """

    name: str
    served: frozenset[str]
    diffusion: Generator | None
    drawing: Generator

    def prompt(self, spec: PictureSpec) -> str:
        return self.artist(spec).prompt(spec)

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        return draw_all(self.easel(), requests)

    def easel(self) -> "ChooserEasel":
        """Return an easel with a place for each of the two."""
        return ChooserEasel(self)

    def artist(self, spec: PictureSpec) -> Generator:
        """Return who draws a condition."""
        if self.diffusion is not None and spec.condition_id in self.served:
            return self.diffusion
        return self.drawing


class ChooserEasel:
    """Two easels as one: what the renderer draws takes one step."""

    def __init__(self, chooser: Chooser) -> None:
        """Begin with two empty ones."""
        self._chooser = chooser
        self._drawing = easel_of(chooser.drawing)
        self._diffusion = self._drawing
        if chooser.diffusion is not None:
            self._diffusion = easel_of(chooser.diffusion)

    def join(self, request: DrawRequest) -> None:
        drawing = self._chooser.artist(request.spec) is self._chooser.drawing
        (self._drawing if drawing else self._diffusion).join(request)

    def step(self) -> list[tuple[DrawRequest, Drawn | Exception]]:
        easels = dict.fromkeys((self._drawing, self._diffusion))
        return [outcome for easel in easels if len(easel) for outcome in easel.step()]

    def __len__(self) -> int:
        return sum(len(easel) for easel in dict.fromkeys((self._drawing, self._diffusion)))


def demo_prompt(condition_id: str, tone: int, site: str, severity: int) -> str:
    """Return the words that the demo model was trained on."""
    return prompts.prompt(condition_id, tone, nearest_site(site), severity)


def build(options: BuildOptions) -> Generator:
    """Load the renderer, and the diffusion model if there is anything for it to draw.

    Raises:
        ModelUnavailable: A checkpoint or ``generator.toml`` is missing or corrupt.
    """
    entry = options.entry
    served = read_served(entry)
    own = replace(
        entry,
        adapters=served.adapters,
        options={"prompt": f"{__name__}:demo_prompt", **served.options, **entry.options},
    )
    return Chooser(
        name=entry.name,
        served=served.conditions,
        diffusion=diffusers_sd.build(replace(options, entry=own)) if served.conditions else None,
        drawing=schematic.SchematicGenerator(name=f"{entry.name} renderer"),
    )


def read_served(entry: ModelEntry) -> Served:
    """Read ``generator.toml`` beside a checkpoint's folder.

    Raises:
        ModelUnavailable: It is missing or makes no sense.
    """
    if entry.folder is None:
        raise ModelUnavailable(f"{entry.label} needs a folder with {FILE_NAME} beside it")
    path = entry.folder.parent / FILE_NAME
    try:
        return _served(tomllib.loads(path.read_text(encoding="utf-8")), path.parent)
    except OSError as error:
        raise ModelUnavailable(f"{entry.label}: {path} cannot be read; restore it") from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ModelUnavailable(f"{entry.label}: {path} makes no sense; restore it") from error


def _served(values: Mapping[str, Any], root: Path) -> Served:
    good = {name: entry for name, entry in values["conditions"].items() if entry["served"]}
    return Served(
        conditions=frozenset(good),
        adapters={
            name: str(root / entry["adapter"]) for name, entry in good.items() if entry["adapter"]
        },
        options={key: values[key] for key in ("steps", "guidance") if key in values},
    )
