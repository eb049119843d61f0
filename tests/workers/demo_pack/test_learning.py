"""The training loop of the demo models goes on where it stopped, and takes no step twice."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from workers.demo_pack.dialogue_stage import opening_weights
from workers.demo_pack.learning import Learner, Loss, Plan


def _plan(folder: Path, steps: int = 6, memory: float | None = 0.9) -> Plan:
    return Plan(
        name="test", steps=steps, rate=0.05, checkpoint=folder / "line.pt", warm_up=2, every=2,
        memory=memory,
    )  # fmt: skip


def _line() -> nn.Linear:
    torch.random.default_generator.manual_seed(4)
    return nn.Linear(3, 1)


def _loss(model: nn.Linear) -> Loss:
    def loss(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        batch = torch.from_numpy(rng.normal(size=(16, 3)).astype(np.float32))
        return (model(batch)[:, 0] - batch.sum(1)).square().mean(), {}

    return loss


def _error(model: nn.Linear) -> float:
    return float(_loss(model)(np.random.default_rng(9))[0].detach())


class _Killed(BaseException):
    """Stands for a kill in the middle of training."""


def test_a_killed_training_goes_on_from_its_last_save(tmp_path: Path) -> None:
    """After a kill at step 5 a new learner begins at step 4 and ends with a lower loss."""
    model = _line()
    before = _error(model)
    calls = 0

    def fatal(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise _Killed
        return _loss(model)(rng)

    with pytest.raises(_Killed):
        Learner(_plan(tmp_path, 60), {"line": model}).run(fatal)
    fresh = _line()
    again = Learner(_plan(tmp_path, 60), {"line": fresh})
    assert again.done == 4
    again.run(_loss(fresh))
    assert again.done == 60
    assert _error(fresh) < before / 2


@pytest.mark.parametrize("memory", [0.9, None])
def test_a_finished_training_is_not_repeated(tmp_path: Path, memory: float | None) -> None:
    """Started again after its end, a training takes no step and gives the same weights."""
    first, second = _line(), nn.Linear(3, 1)
    Learner(_plan(tmp_path, memory=memory), {"line": first}).run(_loss(first))

    def never(_: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        raise AssertionError

    Learner(_plan(tmp_path, memory=memory), {"line": second}).run(never)
    assert torch.equal(first.weight, second.weight)


def test_watcher_sees_averaged_weights(tmp_path: Path) -> None:
    """What a preview sees at the end is what the training returns."""
    model, seen = _line(), list[Tensor]()
    learner = Learner(_plan(tmp_path), {"line": model})
    learner.run(_loss(model), lambda _: seen.append(model.weight.detach().clone()))
    assert len(seen) == 3
    assert torch.equal(seen[-1], model.weight)


def test_frozen_weights_stay(tmp_path: Path) -> None:
    """A parameter that asks for no gradient is not touched, not even by weight decay."""
    model = _line()
    model.bias.requires_grad_(requires_grad=False)
    before = model.bias.clone()
    Learner(_plan(tmp_path), {"line": model}).run(_loss(model))
    assert torch.equal(model.bias, before)


def test_openings_count_more() -> None:
    """The first eight learned tokens of each answer weigh four, the rest one."""
    learned = torch.zeros(1, 24, dtype=torch.bool)
    learned[0, 2:14] = True
    learned[0, 20:] = True
    weights = opening_weights(learned)[0]
    assert weights[2:10].tolist() == [4.0] * 8
    assert weights[10:14].tolist() == [1.0] * 4
    assert weights[20:].tolist() == [4.0] * 4
