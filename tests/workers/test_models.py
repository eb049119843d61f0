"""``models.toml``: what is wrong with a checkpoint is said in one clear sentence."""

import json
import struct
import tomllib
from pathlib import Path

import pytest

from core.domain.errors import ModelUnavailable
from workers.devices import choose
from workers.models import build_generator, build_vlm, check_folder, read_entry

SHIPPED = Path(__file__).parents[2] / "config" / "models.toml"
CPU = choose("cpu")


def models_file(tmp_path: Path, text: str) -> Path:
    """Write a models file in a project of its own."""
    path = tmp_path / "config" / "models.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_entry_is_read_with_paths_from_the_project(tmp_path: Path) -> None:
    """Folders are relative to the project; unknown keys are the backend's own."""
    (tmp_path / "models" / "lora").mkdir(parents=True)
    path = models_file(
        tmp_path,
        '[generator.x]\nbackend = "diffusers_sd"\nfolder = "models/x"\nsteps = 20\n'
        'adapters = { acne = "models/lora", eczema = "someone/lora" }\n',
    )

    entry = read_entry(path, "generator", "x")

    assert entry.folder == tmp_path / "models" / "x"
    assert entry.options == {"steps": 20}
    assert entry.adapters == {"acne": str(tmp_path / "models" / "lora"), "eczema": "someone/lora"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[vlm", "is not a TOML file"),
        ("", r"has no \[vlm.x\]; it has: none"),
        ('[vlm.y]\nbackend = "instant"', "it has: y"),
        ("[vlm.x]\nfolder = 'f'", "needs a backend"),
        ('[vlm.x]\nbackend = "no_such"', "there is no backend 'no_such'"),
        ('[vlm.x]\nbackend = "instant"\nfolder = "gone"', "there is no folder .*gone; restore"),
    ],
)
def test_faults_of_the_file_are_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """Each fault of the file names what is wrong."""
    path = models_file(tmp_path, text)

    with pytest.raises(ModelUnavailable, match=sentence):
        build_vlm(read_entry(path, "vlm", "x"), CPU)


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """Without the file the sentence names its path."""
    with pytest.raises(ModelUnavailable, match=r"gone.toml cannot be read"):
        read_entry(tmp_path / "gone.toml", "vlm", "x")


def weights(**tensors: list[int]) -> bytes:
    """Return a safetensors file with these data offsets, filled with zeros."""
    header = json.dumps(
        {name: {"dtype": "U8", "shape": [1], "data_offsets": at} for name, at in tensors.items()}
    ).encode()
    end = max(at[1] for at in tensors.values())
    return struct.pack("<Q", len(header)) + header + bytes(end)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "has no config.json or model_index.json"),
        ({"config.json": b"{"}, r"config.json is damaged"),
        ({"config.json": b"{}", "m.safetensors": b"version https://git-lfs"}, "damaged or cut"),
        ({"config.json": b"{}", "m.safetensors": weights(a=[0, 9])[:-1]}, "damaged or cut short"),
        ({"config.json": b"{}", "m.safetensors": b""}, "damaged or cut short"),
    ],
)
def test_corrupt_folder_is_one_sentence(
    tmp_path: Path, files: dict[str, bytes], sentence: str
) -> None:
    """A damaged checkpoint is named before any library chokes on it."""
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)

    with pytest.raises(ModelUnavailable, match=sentence):
        check_folder(tmp_path, "vlm 'x'")


def test_whole_folder_passes(tmp_path: Path) -> None:
    """A folder whose files keep their promises is accepted."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "m.safetensors").write_bytes(weights(a=[0, 9], b=[9, 12]))

    check_folder(tmp_path, "vlm 'x'")


def test_instant_models_are_in_the_shipped_file() -> None:
    """The shipped file has the demo, the instant models, and a licence for every checkpoint."""
    assert build_vlm(read_entry(SHIPPED, "vlm", "instant"), CPU).name == "instant"
    assert build_generator(read_entry(SHIPPED, "generator", "instant"), CPU).name == "instant"
    assert read_entry(SHIPPED, "vlm", "demo").folder is not None
    assert read_entry(SHIPPED, "generator", "demo").folder is not None


def test_every_shipped_checkpoint_names_its_licence() -> None:
    """Nobody downloads a model from here without being told its terms."""
    tables = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    without = [
        f"{kind}.{name}"
        for kind, entries in tables.items()
        for name in entries
        if not read_entry(SHIPPED, kind, name).licence and name != "instant"  # type: ignore[arg-type]
    ]
    assert without == []


@pytest.mark.parametrize("name", ["tpu", "cuda:99x"])
def test_unknown_device_is_one_sentence(name: str) -> None:
    """A device that is unknown or absent is named."""
    with pytest.raises(ModelUnavailable, match="device"):
        choose(name)


def test_unknown_dtype_is_one_sentence() -> None:
    """A number format that does not exist is named together with those that do."""
    with pytest.raises(ModelUnavailable, match=r"float8.*auto.*float32"):
        CPU.dtype_for("float8")
