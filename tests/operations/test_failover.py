"""Sentinel and Cluster: what was accepted outlives the node that accepted it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.redis_address import directory_of
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from core.adapters.redis_link import connect
from core.domain.errors import StoreUnavailable
from core.domain.jobs import Acceptance
from core.domain.replies import Live
from tests.contracts.stores.makers import CHAT, answered, asks, take, turn_ids
from tests.operations import clusters
from tests.redis_servers import binary_of

SLOT = 11938
"""Of ``sk:{s0}:``, as ``CLUSTER KEYSLOT`` says."""


@pytest.fixture(params=["sentinel", "cluster"])
def setup(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[clusters.Setup]:
    """Run servers that fail over."""
    program = binary_of("redis")
    assert program is not None, "install redis-server"
    if request.param == "sentinel":
        with clusters.sentinel(program, tmp_path / "servers") as running:
            yield running
    else:
        directory = directory_of("redis+cluster://x", password=None, prefix="sk:{s0}:")
        assert directory is not None
        with clusters.cluster(program, tmp_path / "servers", directory.slot) as running:
            yield running


async def insisted(stores: Stores, acceptance: Acceptance) -> str:
    """Accept a message as a platform would: again and again until it is taken."""
    for _ in range(60):
        try:
            return await stores.cases.accept(acceptance)
        except StoreUnavailable:
            await asyncio.sleep(0.2)
    raise AssertionError("it was never taken")


async def test_accepted_turns_outlive_their_node(setup: clusters.Setup, tmp_path: Path) -> None:
    """The owner is killed; the next one knows every accepted turn and goes on with the work."""
    place = Place(url=setup.url, password=None, keys=None, folder=tmp_path, replicas=1)
    policy = LeasePolicy(lease_s=2.0)
    async with open_stores(place, limits=Limits(), leases=policy) as stores:
        await insisted(stores, asks("before", opens=True))
        (lease,) = await take(stores)
        with stores.jobs.hold([lease]) as holds:
            dead = setup.owner()
            dead.kill()
            # With its only copy gone, nothing more may be promised while one copy is asked for.
            clusters.eventually(lambda: setup.owner() is not dead)
            dead.start()
            await insisted(stores, asks("after", 2, opens=True))
            assert not holds[lease.job.id].lost()
        assert await stores.cases.complete(answered(lease))
        assert await turn_ids(stores, 1) == ("turn-of-before", "answer-of-before")
        assert await turn_ids(stores, 2) == ("turn-of-after",)


async def test_subscriptions_and_bells_work(setup: clusters.Setup, tmp_path: Path) -> None:
    """Live text, blocking reads and transactions reach the node that holds the shard."""
    place = Place(url=setup.url, password=None, keys=None, folder=tmp_path)
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        heard = stores.live.listen("telegram")
        listening = asyncio.ensure_future(anext(heard))
        while not listening.done():
            await stores.live.publish(Live(slot="s", chat=CHAT, text="half a"))
            await asyncio.sleep(0.05)
        assert (await listening).text == "half a"
        await heard.aclose()
        claiming = asyncio.ensure_future(stores.jobs.claim("w", "vlm", slots=1, wait_s=5))
        await stores.cases.accept(asks("one", opens=True))
        assert [lease.job.id for lease in await claiming] == ["one"]


def test_missing_copy_is_not_a_success(tmp_path: Path) -> None:
    """With a replica asked for and none there, the sender hears that nothing is promised."""
    program = binary_of("redis")
    assert program is not None, "install redis-server"
    node = clusters.Node(program, tmp_path / "alone")
    node.start()
    url = f"redis://127.0.0.1:{node.port}/0"
    place = Place(url=url, password=None, keys=None, folder=tmp_path, replicas=1)

    async def accept() -> None:
        async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
            await stores.cases.accept(asks("one", opens=True))

    try:
        with pytest.raises(StoreUnavailable, match="0 of 1 replicas"):
            asyncio.run(accept())
    finally:
        node.kill()


@pytest.mark.parametrize(
    "url", ["redis+sentinel://host:26379", "redis+cluster://", "redis+cluster://h:x", "http://h"]
)
def test_bad_addresses_are_said(url: str) -> None:
    """An address that can be none is a sentence for the operator, not a traceback."""
    with pytest.raises(StoreUnavailable, match="must look like"):
        connect(url)


def test_address_is_read() -> None:
    """Several seeds, credentials with strange characters, TLS, the slot of the shard."""
    found = directory_of("rediss+sentinel://me:p%40ss@a:1,b/ours", password=None, prefix="sk:{s0}:")

    assert found is not None
    assert found.seeds == (("a", 1), ("b", 26379))
    assert found.options == {"username": "me", "password": "p@ss"}
    assert found.tls
    assert found.master == "ours"
    assert directory_of("redis://h", password=None, prefix="sk:{s0}:") is None
