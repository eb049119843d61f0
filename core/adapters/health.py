"""Checks and gauges over the stores, for `core.operations`."""

from collections.abc import Sequence

from core import metrics
from core.adapters.assembly import Stores
from core.domain.jobs import ModelKind
from core.operations import Check, Operations

_MODELS: Sequence[ModelKind] = ("vlm", "generator", "looker")


def watch_stores(operations: Operations, stores: Stores, *, max_queue: int) -> None:
    """Add what every process should tell of its stores.

    Args:
        operations: Gets the checks ``redis`` and ``queue`` and the gauges.
        stores: What is looked at.
        max_queue: At this many waiting jobs new messages are refused.
    """

    async def redis() -> str:
        await stores.link.call(stores.link.client.ping)
        return ""

    async def queue() -> str:
        for model in _MODELS:
            waiting = await stores.jobs.depth(model)
            if waiting >= max_queue:
                return f"{waiting} jobs wait for the {model}; new messages are refused"
        return ""

    async def gauges() -> None:
        for model in _MODELS:
            place = await stores.jobs.outlook(model)
            metrics.QUEUE_JOBS.labels(model).set(await stores.jobs.depth(model))
            metrics.QUEUE_WAIT_SECONDS.labels(model).set(place.wait_s)
        metrics.DEAD_LETTERS.set(await stores.dead.count())

    operations.checks |= {"redis": redis, "queue": queue}
    operations.gauges.append(gauges)


def steady(trouble: str = "") -> Check:
    """Return a check that always says the same, such as that a model is loaded."""

    async def check() -> str:
        return trouble

    return check
