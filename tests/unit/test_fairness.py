"""Turns at something scarce."""

import asyncio

import pytest

from core.fairness import FairGate


async def _pass(gate: FairGate, owner: str, order: list[str]) -> None:
    async with gate.turn(owner):
        order.append(owner)
        await asyncio.sleep(0)


async def test_owners_take_turns() -> None:
    """Who comes after somebody's sixty is second, not sixty-first."""
    gate, order = FairGate(1), list[str]()

    async with asyncio.TaskGroup() as group:
        for owner in ["many"] * 60 + ["one", "other"]:
            group.create_task(_pass(gate, owner, order))

    assert len(order) == 62
    assert order.index("one") <= 2
    assert order.index("other") <= 3


async def test_no_more_than_the_width_pass_at_a_time() -> None:
    """Two places are two, and all who wait get one in the end."""
    gate, inside, most = FairGate(2), 0, 0

    async def stay(owner: str) -> None:
        nonlocal inside, most
        async with gate.turn(owner):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(stay(str(number % 3)))

    assert most == 2


@pytest.mark.parametrize("called", [False, True])
async def test_a_place_is_not_lost_with_its_caller(*, called: bool) -> None:
    """Who is cancelled while waiting, or just when the place comes, leaves it to the next."""
    gate, order = FairGate(1), list[str]()
    async with asyncio.TaskGroup() as group:
        held = gate.turn("first")
        await held.__aenter__()
        leaving = group.create_task(_pass(gate, "second", order))
        group.create_task(_pass(gate, "third", order))
        await asyncio.sleep(0)
        if called:
            await held.__aexit__(None, None, None)
            leaving.cancel()
        else:
            leaving.cancel()
            await asyncio.sleep(0)
            await held.__aexit__(None, None, None)
    assert order[-1] == "third"
