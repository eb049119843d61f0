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
        return self._artist(spec).prompt(spec)

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        outcomes: dict[int, Drawn | Exception] = {}
        for artist in (self.diffusion, self.drawing):
            own = [
                index
                for index, request in enumerate(requests)
                if self._artist(request.spec) is artist
            ]
            if artist is not None and own:
                drawn = artist.draw([requests[index] for index in own])
                outcomes |= dict(zip(own, drawn, strict=True))
        return [outcomes[index] for index in range(len(requests))]

    def _artist(self, spec: PictureSpec) -> Generator:
        if self.diffusion is not None and spec.condition_id in self.served:
            return self.diffusion
        return self.drawing


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
