"""Eight-bit weights."""

from pathlib import Path

import pytest
import torch

from tests import tiny_vlms
from tests.contracts.test_vlms import CANDIDATES, asked, photo
from workers.devices import choose
from workers.entries import ModelEntry
from workers.models import build_vlm
from workers.quantisation import int8
from workers.vlms import Answer


def test_int8_weights_answer_like_full_ones(tmp_path: Path) -> None:
    """``dtype = "int8"`` keeps linear weights in a quarter of float32's memory, and the ranking."""
    folder = tiny_vlms.llava(tmp_path)
    full, small = (
        build_vlm(
            ModelEntry(
                kind="vlm", name="tiny", backend="transformers_vlm", folder=folder, dtype=dtype
            ),
            choose("cpu"),
        )
        for dtype in ("float32", "int8")
    )
    request = asked("what is this", photos=(photo(),), candidates=CANDIDATES)

    ((one,), (other,)) = full.answer([request]), small.answer([request])

    assert isinstance(one, Answer)
    assert isinstance(other, Answer)
    assert dict(other.shares) == pytest.approx(dict(one.shares), abs=0.05)


def test_int8_takes_a_quarter_and_rounds() -> None:
    """Each weight is off by at most half a step of its channel's scale."""
    layer = torch.nn.Linear(64, 32)
    whole = layer.weight.detach().clone()

    int8(layer)

    weight = layer.weight.data
    assert weight.qdata.dtype == torch.int8  # type: ignore[attr-defined]  # torchao's tensor
    step = whole.abs().amax(1, keepdim=True) / 127
    assert ((weight.dequantize() - whole).abs() <= step * 0.51).all()
