"""One thread per device, text before pictures, and batches that shrink until they fit."""

import logging
import traceback
from asyncio import wrap_future
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from workers.errors import FAILED, NO_MEMORY, OutOfMemory

logger = logging.getLogger(__name__)

Q = TypeVar("Q")
A = TypeVar("A")
T = TypeVar("T")


class ModelThread:
    """The only thread that touches the models of a device.

    Urgent work goes first. Patient work that calls `let_urgent_pass` between its steps has urgent
    work done right there, on the same thread, so that text never waits for a picture to end.
    """

    def __init__(self, name: str = "models") -> None:
        """Prepare the thread; it starts with the context."""
        self._urgent: deque[_Task] = deque()
        self._patient: deque[_Task] = deque()
        self._news = Condition()
        self._closed = False
        self._thread = Thread(target=self._work, name=name, daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish what was asked for and end the thread."""
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join()

    async def run(self, work: Callable[[], T], *, urgent: bool) -> T:
        """Do ``work`` on the thread and return what it returns or raise what it raises."""
        result: T = await wrap_future(self.post(work, urgent=urgent))
        return result

    def post(self, work: Callable[[], Any], *, urgent: bool) -> "Future[Any]":
        """Have ``work`` done on the thread; may be called from any thread, its own included."""
        task = _Task(work)
        with self._news:
            (self._urgent if urgent else self._patient).append(task)
            self._news.notify()
        return task.future

    def let_urgent_pass(self) -> None:
        """Do waiting urgent work now; called on the thread, between steps of patient work."""
        while (task := self._next(urgent_only=True)) is not None:
            task.do()

    def _work(self) -> None:
        while (task := self._wait()) is not None:
            task.do()

    def _wait(self) -> "_Task | None":
        with self._news:
            while not (self._urgent or self._patient or self._closed):
                self._news.wait()
            return self._take(urgent_only=False)

    def _next(self, *, urgent_only: bool) -> "_Task | None":
        with self._news:
            return self._take(urgent_only=urgent_only)

    def _take(self, *, urgent_only: bool) -> "_Task | None":
        if self._urgent:
            return self._urgent.popleft()
        return self._patient.popleft() if self._patient and not urgent_only else None


class _Task:
    """A call and the place where its outcome goes."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.future: Future[Any] = Future()
        self._work = work

    def do(self) -> None:
        """Run it, unless whoever asked has gone."""
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever awaits the future
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


def run_apart(
    run: Callable[[Sequence[Q]], list[A | Exception]], requests: Sequence[Q]
) -> list[A | Exception]:
    """Run a batch; where it fails as a whole, run its halves, down to the request that is at fault.

    Running out of memory and any other exception are treated alike: what fits and works is done,
    and only the rest fails.

    Returns:
        One outcome per request, in order; an exception stands for itself.
    """
    try:
        return run(requests)
    except Exception as error:  # noqa: BLE001 - a batch is one of the two places that may
        if len(requests) <= 1:
            return [error for _ in requests]
        logger.warning(
            "batch split", extra={"requests": len(requests), "error": type(error).__name__}
        )
    middle = len(requests) // 2
    return [*run_apart(run, requests[:middle]), *run_apart(run, requests[middle:])]


def describe(error: Exception) -> dict[str, str]:
    """Say what failed and where, without the message: it may quote what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"
    return {"error": type(error).__name__, "where": where}


def failure_code(error: Exception) -> str:
    """Return the code of `JobFailed` for an exception."""
    return NO_MEMORY if isinstance(error, OutOfMemory) else FAILED
