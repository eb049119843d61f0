"""Any text-to-image pipeline of diffusers, with LoRA adapters by condition.

The pipeline's own layout says what it is (Stable Diffusion 1 and 2, SDXL, SD 3, FLUX, and the
inpainting forms, FLUX.1 Fill among them). Options: ``size_px``, ``steps``, ``guidance``,
``negative_prompt``, ``prompt`` (a function as ``module:name``), ``adapters_mb`` (what adapters that
nobody wears may take on the device), ``pass_ms`` (what a pass may take, where text must not wait
longer), and those of `workers.generators.support.pipelines`.

Pictures share every forward pass, whatever their prompts, seeds, steps, guidance and adapters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from diffusers.utils import logging
from PIL import Image

from core.domain.cases import PictureSpec
from core.domain.errors import ModelUnavailable
from workers.devices import Device, memory_guard, settle
from workers.entries import BuildOptions, ModelEntry
from workers.errors import OutOfMemory
from workers.generators import Drawn, DrawRequest, Generator
from workers.generators.support.adapters import NO_ADAPTERS, Loaded, load_adapters
from workers.generators.support.easel import draw_all
from workers.generators.support.engine.easel import Kit, PassEasel
from workers.generators.support.engine.families import family_of
from workers.generators.support.engine.family import Family
from workers.generators.support.engine.latents import Darkroom
from workers.generators.support.engine.mixing import Mixer
from workers.generators.support.engine.phrasebook import Phrasebook
from workers.generators.support.engine.previews import Sketcher
from workers.generators.support.engine.sitting import BASE, Setup, Sitting
from workers.generators.support.engine.wardrobe import Wardrobe
from workers.generators.support.pipelines import finish, load_pipeline
from workers.generators.support.prompts import Prompt, load_prompt, words_for

ANY: Final = "*"
"""Condition of an adapter that serves all conditions without one of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How pictures are drawn, unless a request says otherwise.

    Attributes:
        steps: Denoising steps.
        guidance: Strength of classifier-free guidance.
        size_px: Side of the square picture.
        negative_prompt: What to steer away from; empty for nothing.
    """

    steps: int
    guidance: float
    size_px: int
    negative_prompt: str


@dataclass(slots=True)
class DiffusersGenerator:
    """A pipeline, its adapters and a recipe.

    Attributes:
        name: For records and cards.
        recipe: How pictures are drawn.
        prompts: Gives the prompt.
        adapters: Name of the loaded adapter per condition id.
        setup: Begins pictures.
        kit: The pipeline, as easels use it.
    """

    name: str
    recipe: Recipe
    prompts: Prompt
    adapters: Mapping[str, str]
    setup: Setup
    kit: Kit

    @property
    def pipe(self) -> Any:
        """Return the pipeline; whoever calls it by itself wears adapters through ``kit.mixer``."""
        return self.kit.family.pipe

    def prompt(self, spec: PictureSpec) -> str:
        return words_for(spec, self.prompts)

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        return draw_all(self.easel(), requests)

    def easel(self) -> PassEasel:
        """Return an empty easel; all easels of a generator share its model and its caches."""
        return PassEasel(self.kit, self._begin, self._finish)

    def _begin(self, request: DrawRequest) -> Sitting:
        adapter = self._adapter(request)
        self.kit.wardrobe.fetch([adapter])  # the text encoders may wear it, too
        recipe = self.recipe
        return self.setup.begin(
            request,
            adapter=adapter,
            size_px=recipe.size_px,
            steps=request.steps or recipe.steps,
            guidance=recipe.guidance if request.guidance is None else request.guidance,
        )

    def _adapter(self, request: DrawRequest) -> str:
        own = self.adapters.get(request.spec.condition_id)
        return own or self.adapters.get(ANY, BASE)

    def _finish(self, sitting: Sitting, image: Image.Image) -> Drawn:
        worn = "" if sitting.adapter == BASE else f" + {sitting.adapter}"
        return Drawn(image=image, source="generated", model=self.name + worn)


def build(options: BuildOptions) -> Generator:
    """Load a checkpoint with its adapters.

    Raises:
        ModelUnavailable: It is missing, corrupt, or of no layout that diffusers knows.
    """
    entry, device = options.entry, options.device
    logging.disable_progress_bar()
    settle(device)
    try:
        with memory_guard(device):
            pipe = load_pipeline(entry, device)
            loaded = load_adapters(pipe, entry.adapters)
            finish(pipe, entry)
    except OutOfMemory as error:
        raise ModelUnavailable(f"{entry.label} does not fit on {device.name}") from error
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, AttributeError) as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(
            f"{entry.label} cannot be loaded from {entry.source}: {first_line}"
        ) from error
    return assemble(entry, device, pipe, loaded)


def assemble(
    entry: ModelEntry, device: Device, pipe: Any, loaded: Loaded = NO_ADAPTERS
) -> DiffusersGenerator:
    """Return a generator over a pipeline that is in memory already.

    Raises:
        ModelUnavailable: The pipeline is of a kind that is not known, or an option makes no sense.
    """
    family, mixer = family_of(pipe), Mixer(pipe)
    recipe = _recipe(entry, family)
    phrasebook = Phrasebook(
        family, mixer, recipe.negative_prompt, reads=lambda name: name in loaded.reading
    )
    budget_bytes = int(entry.number("adapters_mb", 512) * 2**20)
    kit = Kit(
        family=family,
        darkroom=Darkroom(pipe, device),
        mixer=mixer,
        wardrobe=Wardrobe(pipe, device, loaded.sizes_bytes, budget_bytes),
        sketcher=Sketcher(),
        device=device,
        longest_s=entry.number("pass_ms", 0) / 1000 or None,
    )
    return DiffusersGenerator(
        name=entry.name if entry.folder else entry.checkpoint,
        recipe=recipe,
        prompts=load_prompt(str(entry.options.get("prompt", ""))),
        adapters=loaded.names,
        setup=Setup(
            family=family,
            darkroom=kit.darkroom,
            scheduler=pipe.scheduler,
            words=phrasebook.words,
        ),
        kit=kit,
    )


def _recipe(entry: ModelEntry, family: Family) -> Recipe:
    return Recipe(
        steps=int(entry.number("steps", 30)),
        guidance=float(entry.number("guidance", 7.5)),
        size_px=int(entry.number("size_px", 0)) or family.size_px,
        negative_prompt=str(entry.options.get("negative_prompt", "")),
    )
