"""``python -m bots.admin``: what an operator can see and do without seeing any content.

``queues``         jobs that wait and the estimated wait, by model
``dead``           jobs that failed for good, newest first
``requeue JOB``    dispatch a failed job again; its answer replaces the sentence of failure
``drop JOB``       forget a failed job
``case CASE``      a case by its id: counts, times and states; no words, names or pictures
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from config.settings import DialogueSettings, SettingsInvalid, StoreSettings, load
from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from core.domain.errors import InfrastructureError
from core.domain.jobs import Acceptance
from core.domain.messages import CaseId

MOST_LETTERS = 50


class NotDone(Exception):
    """What was asked for is not possible; ``str(error)`` says why."""


async def queues(stores: Stores) -> list[dict[str, Any]]:
    """Return what waits, by model."""
    rows = []
    for model in ("vlm", "generator", "looker"):
        place = await stores.jobs.outlook(model)
        rows.append(
            {
                "model": model,
                "waiting": await stores.jobs.depth(model),
                "wait_s": round(place.wait_s, 1),
            }
        )
    return rows


async def dead(stores: Stores) -> list[dict[str, Any]]:
    """Return failed jobs, newest first."""
    return [
        {
            "job": letter.job_id,
            "case": letter.case_id,
            "kind": letter.kind,
            "attempts": letter.attempt,
            "at": _time(letter.at_s),
        }
        for letter in await stores.dead.newest(MOST_LETTERS)
    ]


async def requeue(stores: Stores, job_id: str) -> dict[str, Any]:
    """Dispatch a failed job again under a new id.

    Raises:
        NotDone: It is unknown, was dispatched before, its case is gone, or the queue is full.
    """
    job, key = await stores.dead.job(job_id), f"requeue:{job_id}"
    if job is None and await stores.cases.seen((key,)):
        raise NotDone(f"The failed job {job_id} was dispatched again before.")
    case = None if job is None else await stores.cases.load(job.case_id)
    if job is None or case is None:
        raise NotDone(f"There is no failed job {job_id}, or its case expired or was erased.")
    again = replace(job, id=f"{job.id}-again")
    acceptance = Acceptance(keys=(key,), chat=job.chat, head=case.head, job=again)
    status = await stores.cases.accept(acceptance)
    if status == "full":
        raise NotDone("The queue is full; nothing was changed. Try again when it is shorter.")
    await stores.dead.drop(job_id)
    return {"job": again.id, "status": status}


async def drop(stores: Stores, job_id: str) -> dict[str, Any]:
    """Forget a failed job.

    Raises:
        NotDone: It is unknown.
    """
    if not await stores.dead.drop(job_id):
        raise NotDone(f"There is no failed job {job_id}.")
    return {"job": job_id, "status": "dropped"}


async def case(stores: Stores, case_id: str) -> dict[str, Any]:
    """Return what can be told of a case without its content.

    Raises:
        NotDone: It is unknown.
    """
    found = await stores.cases.load(CaseId(case_id))
    if found is None:
        raise NotDone(f"There is no case {case_id}; it expired, was erased, or never was.")
    return {
        "case": case_id,
        "platform": found.head.chat.platform,
        "opened": _time(found.head.created_s),
        "turns": len(found.turns),
        "photos": sum(len(turn.photos) for turn in found.turns),
        "last_turn": _time(found.turns[-1].at_s) if found.turns else None,
        "answering": bool(found.head.busy),
        "live_jobs": list(await stores.jobs.live_jobs(CaseId(case_id))),
    }


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    own = argparse.ArgumentParser(
        prog="python -m bots.admin",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = own.add_subparsers(dest="action", required=True)
    for name in ("queues", "dead"):
        actions.add_parser(name)
    for name in ("requeue", "drop"):
        actions.add_parser(name).add_argument("id", metavar="JOB")
    actions.add_parser("case").add_argument("id", metavar="CASE")
    return own


async def run(arguments: Sequence[str] | None = None) -> object:
    """Do what the command line says; returns what to print."""
    asked = parser().parse_args(arguments)
    settings, dialogue = load(StoreSettings), load(DialogueSettings)
    place = Place(
        url=settings.url(),
        password=settings.password(),
        keys=settings.keys(),
        folder=settings.data_folder,
        replicas=settings.redis_replicas,
    )
    limits = Limits(retention_s=settings.retention_s, max_queue=dialogue.max_queue)
    async with open_stores(place, limits=limits, leases=LeasePolicy()) as stores:
        match asked.action:
            case "queues":
                return await queues(stores)
            case "dead":
                return await dead(stores)
            case "requeue":
                return await requeue(stores, asked.id)
            case "drop":
                return await drop(stores, asked.id)
            case _:
                return await case(stores, asked.id)


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")


def main() -> int:
    """Run one command; prints JSON. 0 when done, 1 when not possible, 2 when a setting is wrong."""
    try:
        print(json.dumps(asyncio.run(run()), indent=2))  # noqa: T201 - a command's output
    except NotDone as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one sentence for the operator
        return 1
    except (SettingsInvalid, InfrastructureError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one sentence for the operator
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
