"""The easel beyond the contract: adapters, memory, previews, photos, caches, number formats."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file

from core.domain.errors import ModelUnavailable
from tests import tiny_diffusion, tiny_one_file, tiny_pipelines
from tests.workers.passes import SPEC, asked, built, by_pipeline, drawn, pixels
from workers.devices import Device
from workers.errors import OutOfMemory
from workers.generators import Drawn, DrawRequest
from workers.generators.support import pipelines
from workers.generators.support.engine import easel as easel_module
from workers.generators.support.engine.previews import Sketcher
from workers.generators.support.engine.wardrobe import Wardrobe

# A scheduler of diffusers hands a tensor to numpy in a way that numpy 2 dislikes.
AGING = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
OTHERS = ("eczema", "urticaria", "acne")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a tiny Stable Diffusion 1.5."""
    return tiny_pipelines.saved("sd15", tmp_path_factory.mktemp("easel") / "sd15")


@pytest.fixture(scope="module")
def adapters(folder: Path) -> dict[str, str]:
    """Give two adapters for it."""
    root = folder.parent / "lora"
    return {
        condition_id: str(tiny_diffusion.lora(folder, root / condition_id, seed))
        for seed, condition_id in enumerate(OTHERS[:2])
    }


@pytest.fixture(scope="module")
def worn(folder: Path, adapters: dict[str, str]) -> Any:
    """Give a generator with the two adapters."""
    return built(folder, adapters)


@pytest.fixture
def bare(folder: Path) -> Any:
    """Give a generator without adapters, for tests that tamper with it."""
    return built(folder)


def limited(monkeypatch: pytest.MonkeyPatch, generator: Any, fits: list[int]) -> list[int]:
    """Let no pass with more rows than ``fits[0]`` succeed; returns the sizes that were tried."""
    predict, tried = generator.kit.family.predict, []

    def maybe(latents: torch.Tensor, *more: Any) -> torch.Tensor:
        tried.append(len(latents))
        if len(latents) > fits[0]:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        result: torch.Tensor = predict(latents, *more)
        return result

    monkeypatch.setattr(generator.kit.family, "predict", maybe)
    return tried


def together(generator: Any, count: int, **more: Any) -> list[Drawn | Exception]:
    """Draw pictures that differ by their seed."""
    specs = [replace(SPEC, seed=seed) for seed in range(count)]
    outcomes: list[Drawn | Exception] = generator.draw(
        [asked(generator, spec, **more) for spec in specs]
    )
    return outcomes


def test_adapters_share_a_pass(
    folder: Path, adapters: dict[str, str], worn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two adapters and none in one pass draw what each draws alone in its own pipeline."""
    specs = [replace(SPEC, condition_id=condition_id) for condition_id in OTHERS]
    tried = limited(monkeypatch, worn, [100])

    outcomes = worn.draw([asked(worn, spec) for spec in specs])

    assert tried == [6, 6, 6, 6]
    for spec, outcome in zip(specs, outcomes, strict=True):
        pipe = diffusers.StableDiffusionPipeline.from_pretrained(folder)
        pipe.set_progress_bar_config(disable=True)
        if place := adapters.get(spec.condition_id):
            pipe.load_lora_weights(place)
        with torch.inference_mode():
            (expected,) = pipe(
                worn.prompt(spec),
                generator=torch.Generator().manual_seed(spec.seed),
                num_inference_steps=4,
                guidance_scale=3.0,
            ).images
        assert np.abs(pixels(outcome) - np.asarray(expected, dtype=int)).max() <= 2


def test_kohya_adapter_is_the_same_adapter(
    folder: Path, adapters: dict[str, str], worn: Any, tmp_path: Path
) -> None:
    """A LoRA in kohya's format draws what the same LoRA draws in the format of diffusers."""
    ours = load_file(Path(adapters["eczema"]) / "pytorch_lora_weights.safetensors")
    theirs = {}
    for key, value in ours.items():
        layer, _, part = key.removeprefix("unet.").rpartition(".lora_")
        name = "lora_unet_" + layer.replace(".", "_")
        side = "lora_down.weight" if part.startswith("A") else "lora_up.weight"
        theirs[f"{name}.{side}"] = value
        theirs[f"{name}.alpha"] = torch.tensor(4.0)
    save_file(theirs, tmp_path / "kohya.safetensors")

    kohya = built(folder, {"eczema": str(tmp_path / "kohya.safetensors")})

    assert np.abs(drawn(kohya) - drawn(worn)).max() <= 2
    assert np.abs(drawn(kohya) - drawn(built(folder))).max() > 8


def test_one_file_checkpoint_is_the_same_model(folder: Path, bare: Any, tmp_path: Path) -> None:
    """A checkpoint in the original one-file layout draws what its folder draws."""
    tiny_one_file.one_file(folder, tmp_path / "tiny.safetensors")

    whole = built(tmp_path, single_file="tiny.safetensors", layout=str(folder))

    assert np.abs(drawn(whole) - drawn(bare)).max() <= 2


@AGING
@pytest.mark.parametrize("name", ["sdxl", "sdxl-inpaint"])
def test_one_file_sdxl_is_the_same_model(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    """SDXL in one file, with its second text encoder as open_clip names it, draws the same."""
    root = tmp_path_factory.mktemp(name)
    folder = tiny_pipelines.saved(name, root / name)
    tiny_one_file.one_file_xl(folder, root / "tiny.safetensors")

    whole = built(root, single_file="tiny.safetensors", layout=str(folder), size_px=32)

    assert np.abs(drawn(whole) - drawn(built(folder, size_px=32))).max() <= 2


def test_one_file_without_a_layout_is_recognised(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a file holds says which pipeline it is; a kind that is not known is refused."""
    tiny_one_file.one_file(folder, tmp_path / "tiny.safetensors")
    asked_for: list[str] = []
    monkeypatch.setattr(
        diffusers.StableDiffusionPipeline, "from_single_file",
        lambda path, **_more: asked_for.append(path) or diffusers.StableDiffusionPipeline
        .from_pretrained(folder),
    )  # fmt: skip

    built(tmp_path, single_file="tiny.safetensors")
    monkeypatch.setattr(pipelines, "infer_diffusers_model_type", lambda _state: "xl_refiner")

    assert asked_for == [str(tmp_path / "tiny.safetensors")]
    with pytest.raises(ModelUnavailable, match="of kind xl_refiner, which is not known"):
        built(tmp_path, single_file="tiny.safetensors")


def test_memory_that_runs_out_splits_the_pass_and_loses_no_step(
    bare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass that does not fit is made in halves; the pictures are the same."""
    expected = [pixels(one) for one in together(bare, 4)]
    tried = limited(monkeypatch, bare, [4])

    outcomes = together(bare, 4)

    assert [size for size in tried if size > 4] == [8]
    for outcome, picture in zip(outcomes, expected, strict=True):
        assert np.abs(pixels(outcome) - picture).max() <= 2


def test_larger_passes_are_tried_again(bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once memory is back, passes grow to what they were."""
    monkeypatch.setattr(easel_module, "RETRY_AFTER", 3)
    fits = [2]
    tried = limited(monkeypatch, bare, fits)
    easel = bare.easel()
    for seed in range(2):
        easel.join(asked(bare, replace(SPEC, seed=seed), steps=8))

    easel.step()
    fits[0] = 100
    while len(easel):
        easel.step()

    assert tried[:3] == [4, 2, 2]
    assert tried[-1] == 4


def test_picture_that_never_fits_fails_alone(bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When not even one fits, each says that memory ran out, and later ones are drawn."""
    fits = [1]
    limited(monkeypatch, bare, fits)

    assert all(isinstance(one, OutOfMemory) for one in together(bare, 2))
    fits[0] = 100

    assert all(isinstance(one, Drawn) for one in together(bare, 2))


def test_passes_are_kept_short_where_text_must_not_wait(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a pass over all would take too long, a step is made of several short ones."""
    seconds = iter(range(10_000))
    monkeypatch.setattr(Device, "clock_s", lambda _device: float(next(seconds)))
    quick = built(folder, pass_ms=500)
    tried = limited(monkeypatch, quick, [100])

    together(quick, 4)

    # The first pass takes a second for four pictures: two fit into half of one. Then two take a
    # second, and one at a time is all that fits.
    assert tried[:4] == [8, 4, 2, 2]


def test_fault_of_one_picture_is_its_own(bare: Any) -> None:
    """A picture that breaks on its way leaves the others alone."""

    def broken(_share: float) -> None:
        raise ValueError("broken")

    def broken_at_last(share: float) -> None:
        if share == 1:
            raise ValueError("broken")

    requests = [asked(bare, on_step=broken), asked(bare, on_step=broken_at_last), asked(bare)]
    easel = bare.easel()
    for request in requests:
        easel.join(request)
    ended: list[tuple[DrawRequest, Drawn | Exception]] = []
    while len(easel):
        ended += easel.step()

    assert len(ended) == len(requests)
    bad, late, good = (dict(ended)[request] for request in requests)
    assert isinstance(bad, ValueError)
    assert isinstance(late, ValueError)
    assert isinstance(good, Drawn)


def test_autoencoder_is_tiled_when_memory_is_short(
    bare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoding that does not fit is done picture by picture and in tiles from then on."""
    expected = [pixels(one) for one in together(bare, 3)]
    vae = bare.kit.family.pipe.vae
    decode, sizes = vae.decode, []

    def maybe(latents: torch.Tensor, **more: Any) -> Any:
        sizes.append(len(latents))
        if len(latents) > 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return decode(latents, **more)

    monkeypatch.setattr(vae, "decode", maybe)

    outcomes = together(bare, 3)

    assert sizes == [3, 1, 1, 1]
    assert bare.kit.darkroom.frugal
    assert vae.use_tiling
    for outcome, picture in zip(outcomes, expected, strict=True):
        assert np.abs(pixels(outcome) - picture).max() <= 2


def test_prompts_are_encoded_once(bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures with the same words share what the text encoder made of them."""
    encoded: list[str] = []
    words = bare.kit.family.words

    def noted(text: str) -> Any:
        encoded.append(text)
        return words(text)

    monkeypatch.setattr(bare.kit.family, "words", noted)

    together(bare, 3)
    together(bare, 2)

    assert encoded == [bare.prompt(SPEC), ""]


def test_previews_come_every_few_steps_once_something_was_drawn(bare: Any) -> None:
    """The first picture teaches what colours latents have; later ones are previewed."""
    seen: list[Image.Image] = []

    drawn(bare, on_preview=seen.append, steps=9)
    first = len(seen)
    drawn(bare, on_preview=seen.append, steps=9)

    assert first == 0
    assert [image.size for image in seen] == [(128, 128)] * 2


def test_sketch_learns_the_colours_of_latents() -> None:
    """Where colours are a linear function of latents, a sketch is the picture."""
    noise = torch.Generator().manual_seed(1)
    mix = torch.randn(3, 4, generator=noise) * 0.1

    def picture(latents: torch.Tensor) -> np.ndarray:
        colours = torch.einsum("rc,chw->hwr", mix, latents[0]) + 0.5
        return (colours.clamp(0, 1) * 255).round().numpy().astype(np.uint8)

    sketcher = Sketcher()
    seen, unseen = torch.randn(2, 1, 4, 64, 64, generator=noise)
    sketcher.learn(seen, Image.fromarray(picture(seen)))

    sketch = sketcher.sketch(unseen)

    assert sketch is not None
    small = sketch.resize((64, 64), Image.Resampling.BOX)
    off = np.asarray(small, dtype=int) - picture(unseen).astype(int)
    assert np.abs(off).mean() < 12


def photo() -> Image.Image:
    """Return a photo with something on it."""
    image = Image.new("RGB", (32, 32), (190, 150, 120))
    ImageDraw.Draw(image).ellipse((8, 8, 24, 24), fill=(150, 60, 50))
    return image


def mask() -> Image.Image:
    """Return a mask whose right half is drawn anew."""
    image = Image.new("L", (32, 32), 0)
    image.paste(255, (16, 0, 32, 32))
    return image


@pytest.mark.parametrize("name", ["sd15", "sd-inpaint"])
@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_photo_is_inpainted_as_by_the_pipeline(
    tmp_path_factory: pytest.TempPathFactory, name: str, strength: float
) -> None:
    """With photo and mask, a picture is the one that the inpainting pipeline draws."""
    folder = tiny_pipelines.saved(name, tmp_path_factory.mktemp(name) / name)
    generator = built(folder)

    expected = by_pipeline(
        generator, folder, diffusers.StableDiffusionInpaintPipeline,
        image=photo(), mask_image=mask(), height=32, width=32, strength=strength,
    )  # fmt: skip
    picture = drawn(generator, photo=photo(), mask=mask(), strength=strength)

    assert np.abs(picture - expected).max() <= 2


@AGING
@pytest.mark.parametrize("strength", [1.0, 0.5])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sdxl", diffusers.StableDiffusionXLInpaintPipeline),
        ("sdxl-inpaint", diffusers.StableDiffusionXLInpaintPipeline),
        ("flux-fill", diffusers.FluxFillPipeline),
    ],
)
def test_larger_families_inpaint_as_by_their_pipelines(
    tmp_path_factory: pytest.TempPathFactory, name: str, kind: Any, strength: float
) -> None:
    """SDXL, with and without a UNet made for it, and FLUX Fill repaint as their pipelines do."""
    folder = tiny_pipelines.saved(name, tmp_path_factory.mktemp(name) / name)
    generator = built(folder, size_px=32)

    expected = by_pipeline(
        generator, folder, kind,
        image=photo(), mask_image=mask(), height=32, width=32, strength=strength,
    )  # fmt: skip
    picture = drawn(generator, photo=photo(), mask=mask(), strength=strength)

    assert np.abs(picture - expected).max() <= 2


def test_photo_without_a_mask_is_changed_all_over(folder: Path, bare: Any) -> None:
    """With a photo alone, a picture is the one that the image-to-image pipeline draws."""
    expected = by_pipeline(
        bare, folder, diffusers.StableDiffusionImg2ImgPipeline, image=photo(), strength=0.5
    )

    assert np.abs(drawn(bare, photo=photo(), strength=0.5) - expected).max() <= 2


def test_pictures_with_and_without_a_photo_share_a_pass(bare: Any) -> None:
    """An inpainted picture and a fresh one beside it are what they are alone."""
    requests = [asked(bare, photo=photo(), mask=mask(), strength=0.6), asked(bare)]

    inpainted, fresh = bare.draw(requests)

    alone = drawn(bare, photo=photo(), mask=mask(), strength=0.6)
    assert np.abs(pixels(inpainted) - alone).max() <= 2
    assert np.abs(pixels(fresh) - drawn(bare)).max() <= 2


def wardrobe(budget: int) -> tuple[Wardrobe, list[tuple[str, list[str]]]]:
    """Return a wardrobe over three adapters of ten bytes, and what is moved where."""
    moved: list[tuple[str, list[str]]] = []

    class Pipe:
        def set_lora_device(self, names: list[str], device: str) -> None:
            moved.append((device, sorted(names)))

    own = Wardrobe(Pipe(), Device(name="cuda"), dict.fromkeys("abc", 10), budget)
    return own, moved


def test_least_recently_worn_adapter_leaves_the_device() -> None:
    """The device holds as many adapters as fit; the one that was not worn for longest goes."""
    own, moved = wardrobe(20)

    for name in ("a", "b", "a", "c"):
        own.fetch([name])

    assert own.there == ("a", "c")
    assert moved == [
        ("cpu", ["a", "b", "c"]), ("cuda", ["a"]), ("cuda", ["b"]), ("cpu", ["b"]), ("cuda", ["c"]),
    ]  # fmt: skip


def test_adapters_that_are_worn_stay_beyond_the_budget() -> None:
    """Pictures under way keep their adapters, whatever the budget."""
    own, _ = wardrobe(15)

    own.fetch(["a", "b", "c", "__base__"])

    assert set(own.there) == {"a", "b", "c"}


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_draws_nearly_the_same(folder: Path, bare: Any, dtype: str) -> None:
    """In sixteen bits the picture is the same but for rounding."""
    half = built(folder, dtype=dtype)

    assert np.abs(drawn(half) - drawn(bare)).mean() < 4


def test_int8_draws_nearly_the_same_with_adapters(
    folder: Path, adapters: dict[str, str], worn: Any
) -> None:
    """Weights in eight bits change a picture little, and adapters work on them."""
    pytest.importorskip("torchao")
    small = built(folder, adapters, dtype="int8")

    assert np.abs(drawn(small) - drawn(worn)).mean() < 6
    assert np.abs(drawn(small) - drawn(built(folder))).max() > 8


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the compiler, about itself
def test_compiled_model_draws_the_same(folder: Path, adapters: dict[str, str], worn: Any) -> None:
    """``compile = true`` changes nothing but speed, with adapters in one pass, too."""
    fast = built(folder, adapters, compile=True)
    specs = [replace(SPEC, condition_id=condition_id) for condition_id in OTHERS]

    ours = fast.draw([asked(fast, spec) for spec in specs])
    plain = worn.draw([asked(worn, spec) for spec in specs])

    for one, other in zip(ours, plain, strict=True):
        assert np.abs(pixels(one) - pixels(other)).max() <= 2


def test_request_may_differ_from_the_recipe(bare: Any) -> None:
    """Steps and guidance of a request win over the model's own."""
    shares: list[float] = []

    few = drawn(bare, steps=2, guidance=1.0, on_step=shares.append)

    assert shares == [0.5, 1.0]
    assert np.abs(few - drawn(bare)).max() > 2
