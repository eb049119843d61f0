"""Checkpoints of a run: each is an adapter that works, and all that is needed to go on from it.

```
out/checkpoints/step-000250/pytorch_lora_weights.safetensors   verified, loads as it is
out/checkpoints/step-000250/state.pt                           weights, optimiser, scaler
out/checkpoints/step-000250/complete.json                      digests, written last
```
"""

import io
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from workers.training.errors import RecipeError
from workers.training.files import receipt, sweep_up, whole_folder, write

_STATE: Final = "state.pt"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A whole checkpoint on the disk."""

    folder: Path
    step: int
    identity: dict[str, Any]

    def state(self) -> dict[str, Any]:
        """Read the training state."""
        return dict(torch.load(self.folder / _STATE, weights_only=True, map_location="cpu"))


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The checkpoints of one run."""

    folder: Path

    def save(
        self,
        step: int,
        identity: dict[str, Any],
        state: dict[str, Any],
        adapter: Callable[[Path], None],
    ) -> Path:
        """Write and verify a checkpoint; it appears whole or not at all.

        Raises:
            OSError: The disk refused; older checkpoints are as they were.
            StorageError: The adapter did not survive being saved.
        """
        folder = self.folder / f"step-{step:06d}"
        if receipt(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)
        with whole_folder(folder, {"step": step, "identity": identity}) as partial:
            buffer = io.BytesIO()
            torch.save(state, buffer)
            write(partial / _STATE, buffer.getvalue())
            adapter(partial)
        return folder

    def latest(self) -> Checkpoint | None:
        """Return the newest whole checkpoint; damaged ones are reported and passed over."""
        sweep_up(self.folder)
        for folder in sorted(self.folder.glob("step-*"), reverse=True):
            facts = receipt(folder)
            if facts is not None:
                return Checkpoint(folder=folder, step=facts["step"], identity=facts["identity"])
            _log.warning("%s is damaged and is passed over", folder)
        return None

    def prune(self, keep: int) -> None:
        """Remove all but the newest few."""
        for folder in sorted(self.folder.glob("step-*"))[:-keep]:
            # Renamed first: a kill in mid-removal must not leave half a checkpoint.
            doomed = folder.with_name(folder.name + ".partial")
            folder.replace(doomed)
            shutil.rmtree(doomed, ignore_errors=True)


def must_match(old: dict[str, Any], new: dict[str, Any], folder: Path) -> None:
    """Refuse to go on with another recipe, other weights or other pictures.

    Raises:
        RecipeError: Names what differs.
    """
    changed = [
        f"{name} was {old.get(name)!r} and is {value!r}"
        for name, value in new.items()
        if old.get(name) != value
    ]
    if changed:
        raise RecipeError(
            f"{folder} holds a run with another recipe: {'; '.join(changed)}. Choose another "
            "folder with --out, or begin anew with --fresh"
        )
