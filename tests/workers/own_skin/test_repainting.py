"""Repainting with real pipelines of diffusers: the generator itself, and one with an IP-Adapter."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from core.domain.cases import PictureSpec
from core.domain.errors import ModelUnavailable
from tests import tiny_diffusion, tiny_pipelines
from tests.workers.conftest import FakeHold
from tests.workers.own_skin.test_canvas import photo
from tests.workers.photos import jpeg
from tests.workers.seeing_doubles import BAD, GOOD, ToldVerifier
from workers.batching import ModelThread
from workers.devices import choose
from workers.entries import BuildOptions, ModelEntry
from workers.errors import NotGoodEnough
from workers.generators import DrawingStopped, Drawn, diffusers_sd
from workers.generators.schematic import SchematicGenerator
from workers.localizers.classical import ClassicalLocalizer
from workers.own_skin.canvas import Canvas, canvas_of
from workers.own_skin.inpainting import build_inpainter
from workers.own_skin.repainting import StudioRepainter
from workers.own_skin.series import OwnSkin
from workers.studio import Studio


def spec(severity: int = 1) -> PictureSpec:
    """Return a spec."""
    return PictureSpec(condition_id="psoriasis", tone=3, site="arm", severity=severity, seed=5)


def entry(folder: Path, **options: object) -> ModelEntry:
    """Return a table of the models file."""
    return ModelEntry(
        kind="generator", name="tiny", backend="diffusers_sd", folder=folder,
        options={"steps": 4, **options},
    )  # fmt: skip


def spot() -> Canvas:
    """Return a canvas of a rendered photo."""
    found = canvas_of(photo(), ClassicalLocalizer().locate(photo()))
    assert found is not None
    return found


def own_skin(repainter: object, thread: ModelThread, **more: object) -> OwnSkin:
    """Return what draws on photos."""
    return OwnSkin(
        repainter=repainter, localizer=ClassicalLocalizer(), thread=thread, **more,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a tiny Stable Diffusion."""
    return tiny_diffusion.stable_diffusion(tmp_path_factory.mktemp("sd"))


def ip_adapter(folder: Path) -> Path:
    """Write a tiny image-prompt adapter in the published layout: encoder, projection, attention."""
    torch.random.manual_seed(1)
    config = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        image_size=32, patch_size=16, projection_dim=24,
    )  # fmt: skip
    CLIPVisionModelWithProjection(config).save_pretrained(folder / "models" / "image_encoder")
    CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder / "models" / "image_encoder")
    widths = (32, 32, 32, 64)  # one per cross-attention: down, up twice, middle
    attention = {}
    for number, width in enumerate(widths):
        for part in ("to_k_ip", "to_v_ip"):
            attention[f"{2 * number + 1}.{part}.weight"] = torch.randn(width, 32)
    projection = {
        "proj.weight": torch.randn(4 * 32, 24), "proj.bias": torch.zeros(4 * 32),
        "norm.weight": torch.ones(32), "norm.bias": torch.zeros(32),
    }  # fmt: skip
    torch.save({"image_proj": projection, "ip_adapter": attention}, folder / "models" / "ip.bin")
    return folder


@pytest.mark.parametrize("severity", [0, 1, 3])
async def test_the_generator_repaints_the_spot(folder: Path, severity: int) -> None:
    """The result is the whole photo, changed in the spot only, and says that it is a composite."""
    generator = diffusers_sd.build(BuildOptions(entry=entry(folder), device=choose("cpu")))
    canvas = spot()
    with ModelThread() as thread:
        skin = own_skin(StudioRepainter(studio=Studio(generator, thread)), thread)
        drawn = await skin.draw(canvas, spec(severity), FakeHold())

    assert isinstance(drawn, Drawn)
    whole = np.asarray(drawn.image)
    area = canvas.area(severity)
    assert np.array_equal(whole[~area], canvas.photo[~area])
    assert (whole[area] != canvas.photo[area]).any()
    assert (drawn.source, drawn.model) == ("composite", "tiny")


async def test_the_renderer_does_not_draw_on_people() -> None:
    """A condition that only the renderer draws is not drawn on a photo at all."""
    with ModelThread() as thread:
        studio = Studio(SchematicGenerator(size_px=64), thread)
        outcome = await own_skin(StudioRepainter(studio=studio), thread).draw(
            spot(), spec(), FakeHold()
        )

    assert isinstance(outcome, KeyError)


async def test_what_does_not_pass_the_check_is_not_shown(folder: Path) -> None:
    """A form that does not show the condition, and a healed one that still does, are refused."""
    generator = diffusers_sd.build(BuildOptions(entry=entry(folder), device=choose("cpu")))
    with ModelThread() as thread:
        repainter = StudioRepainter(studio=Studio(generator, thread))
        skin = own_skin(repainter, thread, verifier=ToldVerifier([BAD, GOOD, BAD, GOOD]))
        outcomes = [
            await skin.draw(spot(), spec(severity), FakeHold()) for severity in (1, 1, 0, 0)
        ]

    assert [isinstance(one, NotGoodEnough) for one in outcomes] == [True, False, False, True]


async def test_an_image_prompt_adapter_takes_the_persons_own_crop(
    folder: Path, tmp_path: Path
) -> None:
    """An IP-Adapter loads as diffusers does; the crop counts, and a similar case beside it."""
    options = {
        "ip_adapter": str(ip_adapter(tmp_path)), "ip_adapter_file": "ip.bin", "prompt": "",
    }  # fmt: skip
    canvas, results = spot(), []
    with ModelThread() as thread:
        for scale, case in ((0.0, None), (1.0, None), (1.0, Image.new("RGB", (64, 64), "red"))):
            table = entry(folder, **options, ip_adapter_scale=scale)
            inpainter = build_inpainter(table, choose("cpu"), thread)
            assert inpainter.takes_likeness
            drawer = own_skin(inpainter, thread, example=lambda _condition, case=case: case)
            drawn = await drawer.draw(canvas, spec(3), FakeHold())
            assert isinstance(drawn, Drawn), drawn
            results.append(np.asarray(drawn.image))

    area = canvas.area(3)
    assert all(np.array_equal(one[~area], canvas.photo[~area]) for one in results)
    without, crop, both = results
    assert (without != crop).any()
    assert (crop != both).any()


async def test_an_inpainter_stops_and_fails_alone(folder: Path) -> None:
    """Stop is heard before the first step; a model that cannot be loaded is told in a sentence."""
    with ModelThread() as thread:
        inpainter = build_inpainter(entry(folder), choose("cpu"), thread)
        stopped = await own_skin(inpainter, thread).draw(
            spot(), spec(), FakeHold(is_cancelled=True)
        )
        assert isinstance(stopped, DrawingStopped)
        with pytest.raises(ModelUnavailable):
            build_inpainter(entry(folder / "absent"), choose("cpu"), thread)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("flux-fill", "FluxFillPipeline"),
        ("sdxl-inpaint", "StableDiffusionXLInpaintPipeline"),
    ],
)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
async def test_larger_inpainters_repaint_the_spot(tmp_path: Path, name: str, kind: str) -> None:
    """FLUX Fill and SDXL inpainting can be the inpainter, too."""
    table = entry(tiny_pipelines.saved(name, tmp_path / name), pipeline=kind, size_px=32)
    canvas = spot()
    with ModelThread() as thread:
        inpainter = build_inpainter(table, choose("cpu"), thread)
        drawn = await own_skin(inpainter, thread).draw(canvas, spec(), FakeHold())

    assert isinstance(drawn, Drawn)
    assert np.array_equal(np.asarray(drawn.image)[~canvas.area(1)], canvas.photo[~canvas.area(1)])


async def test_a_pipeline_that_is_not_known_is_refused(folder: Path) -> None:
    """A kind whose way of repainting nobody tried is named when the worker starts."""
    table = entry(folder, pipeline="StableDiffusionImg2ImgPipeline")
    with ModelThread() as thread, pytest.raises(ModelUnavailable, match="not known"):
        build_inpainter(table, choose("cpu"), thread)


async def test_a_photo_without_a_spot_has_no_canvas() -> None:
    """Plain skin is not drawn on."""
    with ModelThread() as thread:
        studio = Studio(SchematicGenerator(size_px=64), thread)
        assert await own_skin(StudioRepainter(studio=studio), thread).canvas(jpeg()) is None
