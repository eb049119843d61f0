"""Reads ``models.toml`` and builds the models named in it.

A table ``[vlm.<name>]``, ``[generator.<name>]`` or ``[localizer.<name>]`` describes one checkpoint;
the settings choose one of each by name. Whatever is wrong with a checkpoint ends as a
`ModelUnavailable` whose one sentence names the path and what to do.
"""

import importlib
import json
import struct
import tomllib
from pathlib import Path
from typing import Any, Final, cast

from core.domain.errors import ModelUnavailable
from workers.devices import Device
from workers.entries import BuildOptions, ModelEntry, Table
from workers.generators import Generator
from workers.localizers import Localizer
from workers.vlms import VisionLanguageModel

_PACKAGES: Final[dict[Table, str]] = {
    "vlm": "workers.vlms",
    "generator": "workers.generators",
    "localizer": "workers.localizers",
}
_KEYS: Final = ("backend", "checkpoint", "folder", "revision", "dtype", "licence", "adapters")


def read_entry(models_file: Path, kind: Table, name: str) -> ModelEntry:
    """Return one entry of ``models.toml``; its folders are relative to the file's parent's parent.

    Raises:
        ModelUnavailable: The file or the entry is missing or wrong.
    """
    tables = _parse(models_file).get(kind, {})
    if name not in tables:
        known = ", ".join(sorted(tables)) or "none"
        raise ModelUnavailable(f"{models_file} has no [{kind}.{name}]; it has: {known}")
    table = dict(tables[name])
    root = models_file.resolve().parent.parent
    if not isinstance(table.get("backend"), str):
        raise ModelUnavailable(f"[{kind}.{name}] of {models_file} needs a backend")
    known_keys = {key: table.pop(key) for key in _KEYS if key in table}
    folder = known_keys.pop("folder", None)
    adapters = known_keys.pop("adapters", {})
    return ModelEntry(
        kind=kind,
        name=name,
        folder=root / folder if folder else None,
        adapters={condition: _local(root, place) for condition, place in adapters.items()},
        options=table,
        **known_keys,
    )


def build_vlm(entry: ModelEntry, device: Device, *, secret: str = "") -> VisionLanguageModel:
    """Load a vision-language model, or connect to the endpoint that serves it.

    Args:
        entry: Its table.
        device: Where it may compute.
        secret: Key of the endpoint, if it wants one.

    Raises:
        ModelUnavailable: It is missing, corrupt or does not fit.
    """
    options = BuildOptions(entry=entry, device=device, secret=secret)
    return cast("VisionLanguageModel", _build(options))


def build_generator(entry: ModelEntry, device: Device) -> Generator:
    """Load a generator.

    Raises:
        ModelUnavailable: It is missing, corrupt or does not fit.
    """
    return cast("Generator", _build(BuildOptions(entry=entry, device=device)))


def build_localizer(entry: ModelEntry, device: Device) -> Localizer:
    """Load a localizer.

    Raises:
        ModelUnavailable: It is missing, corrupt or does not fit.
    """
    return cast("Localizer", _build(BuildOptions(entry=entry, device=device)))


def check_folder(folder: Path, label: str) -> None:
    """Look at a checkpoint before a library does, to say in one sentence what is wrong with it.

    Raises:
        ModelUnavailable: The folder is missing, has no configuration, or a file in it is damaged.
    """
    if not folder.is_dir():
        raise ModelUnavailable(
            f"{label}: there is no folder {folder}; restore it or choose another model"
        )
    if not any((folder / name).is_file() for name in ("config.json", "model_index.json")):
        raise ModelUnavailable(
            f"{label}: {folder} has no config.json or model_index.json; restore the folder"
        )
    for path in sorted(folder.rglob("*.json")):
        _check_json(path, label)
    for path in sorted(folder.rglob("*.safetensors")):
        _check_weights(path, label)


def _build(options: BuildOptions) -> object:
    entry = options.entry
    if entry.folder is not None and "single_file" in entry.options:
        _check_file(entry.folder / str(entry.options["single_file"]), entry.label)
    elif entry.folder is not None:
        check_folder(entry.folder, entry.label)
    module_name = f"{_PACKAGES[entry.kind]}.{entry.backend}"
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise ModelUnavailable(
                f"{entry.label}: backend {entry.backend!r} needs {error.name}; "
                "install the 'workers' extra"
            ) from error
        raise ModelUnavailable(f"{entry.label}: there is no backend {entry.backend!r}") from error
    return module.build(options)


def _parse(models_file: Path) -> dict[str, dict[str, dict[str, Any]]]:
    try:
        return tomllib.loads(models_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelUnavailable(f"{models_file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelUnavailable(f"{models_file} is not a TOML file: {error}") from error


def _local(root: Path, place: str) -> str:
    """Return an adapter's folder as an absolute path; what is no folder here is a hub id."""
    return str(root / place) if (root / place).exists() else place


def _check_file(path: Path, label: str) -> None:
    """Look at a checkpoint that is one file."""
    if not path.is_file():
        raise ModelUnavailable(f"{label}: there is no file {path}; restore it or choose another")
    if path.suffix == ".safetensors":
        _check_weights(path, label)


def _check_json(path: Path, label: str) -> None:
    try:
        json.loads(path.read_bytes())
    except ValueError as error:
        raise ModelUnavailable(f"{label}: {path} is damaged; restore the file") from error


def _check_weights(path: Path, label: str) -> None:
    """Compare a safetensors file's size with what its header promises.

    Source: format description in the README of huggingface/safetensors.
    """
    size_bytes = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, size_bytes)))
        header.pop("__metadata__", None)
        end = max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
        whole = size_bytes == 8 + length + end
    except (struct.error, ValueError, LookupError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise ModelUnavailable(f"{label}: {path} is damaged or cut short; restore the file")
