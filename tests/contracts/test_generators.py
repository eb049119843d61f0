"""What every generator promises; a new file in workers/generators is tested for free."""

import pkgutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import workers.generators
from core.domain.cases import PictureSpec
from tests import tiny_diffusion
from workers.devices import choose
from workers.entries import ModelEntry
from workers.generators import DrawingStopped, Drawn, DrawRequest, Generator
from workers.generators.support.easel import easel_of
from workers.models import build_generator

BACKENDS = [
    module.name for module in pkgutil.iter_modules(workers.generators.__path__) if not module.ispkg
]


def spec(condition_id: str = "psoriasis", *, tone: int = 3, seed: int = 7) -> PictureSpec:
    """Return what to draw."""
    return PictureSpec(condition_id=condition_id, tone=tone, site="arm", severity=2, seed=seed)


def asked(
    generator: Generator,
    what: PictureSpec,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_step: Callable[[float], None] = lambda _share: None,
) -> DrawRequest:
    """Return a request."""
    return DrawRequest(spec=what, prompt=generator.prompt(what), stop=stop, on_step=on_step)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a tiny checkpoint with two adapters beside it."""
    root = tmp_path_factory.mktemp("demo")
    folder = tiny_diffusion.stable_diffusion(root / "sd")
    for seed, condition_id in enumerate(("eczema", "urticaria")):
        tiny_diffusion.lora(folder, root / "adapters" / condition_id, seed)
    (root / "generator.toml").write_text(
        "steps = 3\nguidance = 3.0\n"
        "[conditions.psoriasis]\nserved = false\nadapter = ''\n"
        "[conditions.eczema]\nserved = true\nadapter = 'adapters/eczema'\n"
        "[conditions.urticaria]\nserved = true\nadapter = ''\n"
    )
    return folder


@pytest.fixture(scope="module", params=BACKENDS)
def generator(request: pytest.FixtureRequest, checkpoint: Path) -> Generator:
    """Give each backend in turn, with a tiny model where it needs one."""
    adapters = {
        condition_id: str(checkpoint.parent / "adapters" / condition_id)
        for condition_id in ("eczema", "urticaria")
    }
    entry = ModelEntry(
        kind="generator",
        name="tiny",
        backend=request.param,
        folder=None if request.param in ("instant", "schematic") else checkpoint,
        adapters=adapters,
        options={"steps": 3, "guidance": 3.0},
    )
    return build_generator(entry, choose("cpu"))


def pixels(outcome: Drawn | Exception) -> np.ndarray:
    """Return the pixels of a picture, or raise what came instead."""
    if isinstance(outcome, Exception):
        raise outcome
    assert outcome.image.mode == "RGB"
    return np.asarray(outcome.image, dtype=int)


def test_draws_in_order_alone_or_in_company(generator: Generator) -> None:
    """The same spec gives the same picture whoever is drawn beside it, up to rounding."""
    specs = [spec(seed=1), spec("eczema", seed=2), spec("urticaria", tone=6, seed=3), spec(seed=4)]

    together = generator.draw([asked(generator, one) for one in specs])

    for one, outcome in zip(specs, together, strict=True):
        (alone,) = generator.draw([asked(generator, one)])
        assert np.abs(pixels(alone) - pixels(outcome)).max() <= 2


def test_joins_and_leaves_between_steps(generator: Generator) -> None:
    """A picture that joins others in the middle is the same as alone, and so are the others."""
    requests = [
        asked(generator, spec("eczema", seed=1)),
        asked(generator, spec("urticaria", tone=6, seed=2)),
        asked(generator, spec(seed=3)),
    ]
    easel = easel_of(generator)
    outcomes: dict[DrawRequest, Drawn | Exception] = {}
    for request in requests:
        easel.join(request)
        outcomes |= dict(easel.step())
    while len(easel):
        outcomes |= dict(easel.step())

    for request in requests:
        (alone,) = generator.draw([request])
        assert np.abs(pixels(alone) - pixels(outcomes[request])).max() <= 2


def test_stop_empties_a_place_before_the_next_step(generator: Generator) -> None:
    """A stopped picture is off the easel with the step that follows; its neighbour goes on."""
    stopped: list[bool] = []
    gone = asked(generator, spec(seed=1), stop=lambda: bool(stopped))
    stays = asked(generator, spec(seed=2))
    easel = easel_of(generator)
    easel.join(gone)
    stopped.append(True)
    easel.join(stays)

    outcomes = dict(easel.step())
    assert isinstance(outcomes[gone], DrawingStopped)
    while len(easel):
        outcomes |= dict(easel.step())

    assert isinstance(outcomes[stays], Drawn)


def test_seeds_differ(generator: Generator) -> None:
    """Another seed is another picture."""
    one, other = generator.draw([asked(generator, spec(seed=1)), asked(generator, spec(seed=2))])

    assert np.abs(pixels(one) - pixels(other)).max() > 0


def test_says_how_it_was_made(generator: Generator) -> None:
    """A picture knows its model and whether a diffusion model or the renderer drew it."""
    (outcome,) = generator.draw([asked(generator, spec())])

    assert isinstance(outcome, Drawn)
    assert outcome.model
    assert outcome.source in ("generated", "schematic")


def test_steps_are_told(generator: Generator) -> None:
    """``on_step`` is called at least once with a share that ends at 1."""
    shares: list[float] = []

    generator.draw([asked(generator, spec(), on_step=shares.append)])

    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_stopped_picture_is_given_up(generator: Generator) -> None:
    """Stop yields `DrawingStopped` for that picture and a picture for its neighbour."""
    stopped, whole = generator.draw(
        [asked(generator, spec(seed=1), stop=lambda: True), asked(generator, spec(seed=2))]
    )

    assert isinstance(stopped, DrawingStopped)
    assert isinstance(whole, Drawn)


def test_prompt_holds_ontology_terms_only(generator: Generator) -> None:
    """The prompt depends on the spec alone, never on its seed."""
    assert generator.prompt(spec(seed=1)) == generator.prompt(spec(seed=2))
    assert generator.prompt(spec(seed=1)) != generator.prompt(spec("eczema", seed=1))
