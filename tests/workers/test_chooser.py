"""Who draws what: the diffusion model where it was measured as good enough, else the renderer."""

from pathlib import Path

import pytest

from core.domain.cases import PictureSpec
from core.domain.errors import ModelUnavailable
from tests import tiny_diffusion
from workers.demo_pack import CONDITIONS
from workers.devices import choose
from workers.entries import ModelEntry
from workers.generators import Drawn, DrawRequest
from workers.models import build_generator

GOOD = """
steps = 2
guidance = 1.0
[conditions.eczema]
served = true
adapter = ""
[conditions.acne]
served = false
adapter = ""
"""


def entry(root: Path) -> ModelEntry:
    """Return the entry of the checkpoint in ``root``."""
    return ModelEntry(kind="generator", name="demo", backend="chooser", folder=root / "sd")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a tiny checkpoint."""
    folder = tmp_path_factory.mktemp("demo")
    tiny_diffusion.stable_diffusion(folder / "sd")
    return folder


def sources(root: Path, *conditions: str) -> list[str]:
    """Draw conditions and return who drew them."""
    generator = build_generator(entry(root), choose("cpu"))
    specs = [
        PictureSpec(condition_id=condition, tone=2, site="foot", severity=1, seed=1)
        for condition in conditions
    ]
    outcomes = generator.draw(
        [
            DrawRequest(
                spec=spec,
                prompt=generator.prompt(spec),
                stop=lambda: False,
                on_step=lambda _share: None,
            )
            for spec in specs
        ]
    )
    return [outcome.source for outcome in outcomes if isinstance(outcome, Drawn)]


def test_measured_conditions_are_generated_and_others_drawn(root: Path) -> None:
    """Only a served condition comes from the diffusion model; order is kept."""
    (root / "generator.toml").write_text(GOOD)

    assert sources(root, "acne", "eczema", "psoriasis") == ["schematic", "generated", "schematic"]


def test_without_served_conditions_the_renderer_draws_all(root: Path) -> None:
    """When nothing is good enough, everything is a schematic drawing."""
    (root / "generator.toml").write_text(GOOD.replace("true", "false"))

    assert sources(root, *CONDITIONS) == ["schematic"] * len(CONDITIONS)


def test_unknown_condition_is_refused(root: Path) -> None:
    """What neither can draw has no prompt."""
    (root / "generator.toml").write_text(GOOD)
    generator = build_generator(entry(root), choose("cpu"))

    with pytest.raises(KeyError):
        generator.prompt(PictureSpec(condition_id="scurvy", tone=2, site="arm", severity=1, seed=1))


@pytest.mark.parametrize(
    ("text", "sentence"), [("steps = 1", "makes no sense"), ("=", "makes no sense")]
)
def test_broken_file_is_one_sentence(root: Path, text: str, sentence: str) -> None:
    """A damaged file is named with its path."""
    (root / "generator.toml").write_text(text)

    with pytest.raises(ModelUnavailable, match=f"generator.toml {sentence}"):
        build_generator(entry(root), choose("cpu"))


def test_missing_file_is_one_sentence(root: Path) -> None:
    """A missing file is named with its path."""
    (root / "generator.toml").unlink(missing_ok=True)

    with pytest.raises(ModelUnavailable, match=r"generator.toml cannot be read"):
        build_generator(entry(root), choose("cpu"))
