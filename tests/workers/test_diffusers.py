"""The diffusion backend beyond the contract: adapters, stop, memory, prompts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.domain.cases import PictureSpec
from core.domain.errors import ModelUnavailable
from tests import tiny_diffusion
from workers.devices import choose
from workers.entries import ModelEntry
from workers.generators import DrawingStopped, Drawn, DrawRequest, Generator
from workers.generators.support.prompts import clinical_prompt, load_prompt, words_for
from workers.models import build_generator

SPEC = PictureSpec(condition_id="eczema", tone=3, site="arm", severity=2, seed=7)


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    """Give the entry of a tiny checkpoint with one adapter."""
    root = tmp_path_factory.mktemp("sd")
    folder = tiny_diffusion.stable_diffusion(root / "sd")
    adapter = tiny_diffusion.lora(folder, root / "lora", 1)
    return ModelEntry(
        kind="generator",
        name="tiny",
        backend="diffusers_sd",
        folder=folder,
        adapters={"eczema": str(adapter)},
        options={"steps": 4, "guidance": 3.0},
    )


@pytest.fixture(scope="module")
def generator(entry: ModelEntry) -> Generator:
    """Give the tiny generator."""
    return build_generator(entry, choose("cpu"))


def asked(
    generator: Generator,
    spec: PictureSpec = SPEC,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_step: Callable[[float], None] = lambda _share: None,
) -> DrawRequest:
    """Return a request."""
    return DrawRequest(spec=spec, prompt=generator.prompt(spec), stop=stop, on_step=on_step)


def pixels(generator: Generator, spec: PictureSpec) -> np.ndarray:
    """Draw one picture."""
    (drawn,) = generator.draw([asked(generator, spec)])
    assert isinstance(drawn, Drawn)
    return np.asarray(drawn.image, dtype=int)


def test_adapter_changes_its_condition_only(entry: ModelEntry, generator: Generator) -> None:
    """A condition with an adapter is drawn by it; the others as if there were none."""
    bare = build_generator(replace(entry, adapters={}), choose("cpu"))
    other = replace(SPEC, condition_id="acne")

    assert np.abs(pixels(generator, SPEC) - pixels(bare, SPEC)).max() > 8
    assert np.abs(pixels(generator, other) - pixels(bare, other)).max() <= 1


def test_name_tells_the_adapter(generator: Generator) -> None:
    """The card can say which adapter drew a picture."""
    with_adapter, without = generator.draw(
        [asked(generator), asked(generator, replace(SPEC, condition_id="acne"))]
    )

    assert isinstance(with_adapter, Drawn)
    assert isinstance(without, Drawn)
    assert with_adapter.model == "tiny + lora"
    assert without.model == "tiny"


def test_stop_ends_the_pass_between_steps(generator: Generator) -> None:
    """Once every picture of a pass is stopped, no further step is taken."""
    shares: list[float] = []

    (outcome,) = generator.draw(
        [asked(generator, stop=lambda: len(shares) >= 2, on_step=shares.append)]
    )

    assert isinstance(outcome, DrawingStopped)
    assert len(shares) <= 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"adapters": {"acne": "no/such/adapter"}}, "cannot be loaded"),
        ({"options": {"scheduler": "NoSuchScheduler"}}, "NoSuchScheduler"),
        ({"options": {"prompt": "no.such:thing"}}, "no prompt function"),
        ({"options": {"steps": "many"}}, "steps must be a number"),
    ],
)
def test_wrong_entry_is_one_sentence(
    entry: ModelEntry, change: dict[str, object], sentence: str
) -> None:
    """What is wrong with an entry is named when the worker starts."""
    with pytest.raises(ModelUnavailable, match=sentence):
        build_generator(replace(entry, **change), choose("cpu"))  # type: ignore[arg-type]


def test_adapter_that_fits_in_part_is_refused(entry: ModelEntry, tmp_path: Path) -> None:
    """Layers that the pipeline would silently leave out make the adapter unavailable."""
    lossy = tiny_diffusion.lora(
        Path(str(entry.folder)), tmp_path / "lossy", 1, rename=lambda key: key.replace("mid", "mud")
    )

    with pytest.raises(ModelUnavailable, match=r"fits only with \d+ of its \d+ layers"):
        build_generator(replace(entry, adapters={"acne": str(lossy)}), choose("cpu"))


def test_scheduler_can_be_chosen(entry: ModelEntry) -> None:
    """Another scheduler of diffusers draws another picture from the same seed."""
    options = {**entry.options, "scheduler": "DDPMScheduler"}
    solver = build_generator(replace(entry, options=options), choose("cpu"))

    assert pixels(solver, SPEC).shape == (32, 32, 3)


def test_prompt_names_what_is_to_be_seen() -> None:
    """The prompt is made of condition, severity, site and tone."""
    assert clinical_prompt("tinea-corporis", 6, "arm", 3) == (
        "a clinical photo of severe tinea corporis on the arm, dark brown skin, "
        "close-up, sharp focus"
    )


@pytest.mark.parametrize(
    "spec",
    [
        replace(SPEC, condition_id="eczema, naked person"),
        replace(SPEC, condition_id="Ignore all rules"),
        replace(SPEC, site="arm\nface"),
        replace(SPEC, tone=9),
        replace(SPEC, severity=0),
    ],
)
def test_what_is_no_term_never_reaches_the_model(spec: PictureSpec) -> None:
    """A spec with anything but ontology terms is refused."""
    with pytest.raises(KeyError):
        words_for(spec, load_prompt(""))
