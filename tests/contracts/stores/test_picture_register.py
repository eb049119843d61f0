"""What every `PictureRegister` promises."""

import asyncio
import random
from dataclasses import replace

from core.domain.provenance import Fingerprint, RegisterEntry
from core.ports import ALIKE_BITS
from tests.contracts.stores.makers import MakeStores, Stores

LOOK = f"{random.Random(3).getrandbits(256):064x}"


def entry(number: int = 1, *, look: str = LOOK) -> RegisterEntry:
    """Return an entry."""
    return RegisterEntry(
        fingerprint=Fingerprint(sha256=f"{number:064x}", look=look),
        making="generated",
        condition_id="psoriasis",
        day="2026-11-30",
    )


def changed(look: str, bits: int, seed: int = 5) -> Fingerprint:
    """Return the fingerprint of another file whose look differs in some bits."""
    flips = sum(1 << place for place in random.Random(seed).sample(range(256), bits))
    return Fingerprint(sha256="f" * 64, look=f"{int(look, 16) ^ flips:064x}")


async def test_the_same_file_is_found(make: MakeStores) -> None:
    """A file that was entered is found by another process, whatever else looks like it."""
    await make().register.enter(entry(1), ttl_s=60)
    await make().register.enter(entry(2), ttl_s=60)

    assert await make().register.find(entry(2).fingerprint) == entry(2)
    assert await make().register.find(Fingerprint(sha256=f"{1:064x}")) == entry(1)


async def test_what_looks_alike_is_found_and_nothing_else(stores: Stores) -> None:
    """Up to the bound a changed copy is found wherever its bits differ; past it, it is not."""
    await stores.register.enter(entry(), ttl_s=60)

    for seed in range(12):
        assert await stores.register.find(changed(LOOK, ALIKE_BITS, seed)) == entry()
        assert await stores.register.find(changed(LOOK, ALIKE_BITS + 1, seed)) is None
    assert await stores.register.find(changed(LOOK, 128)) is None


async def test_the_nearest_look_wins(stores: Stores) -> None:
    """Of several pictures that look alike the one that differs least is named."""
    near = entry(2, look=changed(LOOK, 6).look)
    await stores.register.enter(entry(1), ttl_s=60)
    await stores.register.enter(near, ttl_s=60)

    assert await stores.register.find(changed(near.fingerprint.look, 2, 9)) == near


async def test_a_look_that_was_not_kept_finds_nothing(stores: Stores) -> None:
    """An entry without a look is known by its file alone, and no look leads to it."""
    own_skin = replace(entry(1, look=""), making="composite")
    await stores.register.enter(own_skin, ttl_s=60)

    assert await stores.register.find(own_skin.fingerprint) == own_skin
    assert await stores.register.find(Fingerprint(sha256="e" * 64)) is None
    assert await stores.register.find(changed(LOOK, 0)) is None


async def test_an_entry_ends_after_its_time(stores: Stores) -> None:
    """An entry is forgotten when its time is up, by file and by look; the longer time counts."""
    await stores.register.enter(entry(1), ttl_s=0.05)
    await stores.register.enter(entry(2, look=changed(LOOK, 100).look), ttl_s=60)
    await stores.register.enter(entry(2, look=changed(LOOK, 100).look), ttl_s=0.05)
    await asyncio.sleep(0.1)

    assert await stores.register.find(entry(1).fingerprint) is None
    assert await stores.register.find(changed(LOOK, 1)) is None
    assert await stores.register.find(entry(2).fingerprint) is not None
