"""How a process of ours begins and ends: its errors are sentences for the operator."""

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from typing import Any

from config.settings import SettingsInvalid
from core.domain.errors import InfrastructureError


def run_process(main: Coroutine[Any, Any, None]) -> int:
    """Run a process to its end; 0 when it ended well, 2 when something an operator mends is wrong.

    Each error is printed as one sentence, however deep in groups it lies.
    """
    try:
        asyncio.run(main)
    except* (SettingsInvalid, InfrastructureError) as group:
        for error in _leaves(group):
            print(error, file=sys.stderr)  # noqa: T201 - the one sentence for the operator
        return_code = 2
    else:
        return_code = 0
    return return_code


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
