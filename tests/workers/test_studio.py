"""Pictures of many people on one easel: they join, leave and give up between steps."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PIL import Image

from core.domain.cases import PictureSpec
from workers.batching import ModelThread
from workers.errors import OutOfMemory
from workers.generators import DrawingStopped, Drawn, DrawRequest
from workers.generators.instant import InstantGenerator
from workers.studio import Studio


def asked(seed: int, *, steps: int = 2, stop: Callable[[], bool] = lambda: False) -> DrawRequest:
    """Return a request that takes some steps."""
    spec = PictureSpec(condition_id="acne", tone=2, site="arm", severity=1, seed=seed)
    return DrawRequest(spec=spec, prompt="p", stop=stop, on_step=lambda _share: None, steps=steps)


@dataclass(eq=False)
class Slate:
    """An easel that counts steps and remembers who shared them."""

    shared: list[list[int]]
    on_step: Callable[[int], None]
    left: dict[DrawRequest, int] = field(default_factory=dict)

    def join(self, request: DrawRequest) -> None:
        self.left[request] = request.steps or 1

    def step(self) -> list[tuple[DrawRequest, Drawn | Exception]]:
        gone = [request for request in self.left if request.stop()]
        for request in gone:
            del self.left[request]
        self.shared.append([request.spec.seed for request in self.left])
        self.on_step(len(self.shared))
        done = []
        for request in list(self.left):
            self.left[request] -= 1
            if not self.left[request]:
                del self.left[request]
                done.append(request)
        image = Image.new("RGB", (8, 8))
        drawn = Drawn(image=image, source="schematic", model="slate")
        return [*((one, DrawingStopped()) for one in gone), *((one, drawn) for one in done)]

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, kw_only=True)
class SlateGenerator(InstantGenerator):
    """A generator with such an easel."""

    shared: list[list[int]] = field(default_factory=list)
    on_step: Callable[[int], None] = lambda _number: None

    def easel(self) -> Slate:
        return Slate(self.shared, self.on_step)


async def test_pictures_share_steps_and_leave_one_by_one() -> None:
    """A short picture ends while a long one goes on; its place goes to the next in line."""
    generator = SlateGenerator()
    with ModelThread() as thread:
        studio = Studio(generator, thread, places=2)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            for seed, steps in ((1, 3), (2, 1), (3, 1)):
                group.create_task(studio.draw(asked(seed, steps=steps)))

    assert [sorted(pair) for pair in generator.shared if len(pair) > 1] == [[1, 2], [1, 3]]


async def test_stopped_picture_frees_its_place_at_once() -> None:
    """The next in line joins with the step after a Stop, not when the batch has ended."""
    stopped: list[bool] = []
    generator = SlateGenerator(on_step=lambda number: stopped.append(number >= 2))
    with ModelThread() as thread:
        studio = Studio(generator, thread, places=1)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            first = group.create_task(studio.draw(asked(1, steps=1000, stop=lambda: any(stopped))))
            second = group.create_task(studio.draw(asked(2)))

    assert isinstance(first.result(), DrawingStopped)
    assert isinstance(second.result(), Drawn)
    assert len(generator.shared) < 10


async def test_whoever_gives_up_in_line_never_joins() -> None:
    """Stop works while a picture still waits for a place."""
    generator = SlateGenerator()
    with ModelThread() as thread:
        studio = Studio(generator, thread, places=1)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(studio.draw(asked(1, steps=3)))
            gone = group.create_task(studio.draw(asked(2, stop=lambda: True)))

    assert isinstance(gone.result(), DrawingStopped)
    assert all(2 not in shared for shared in generator.shared)


async def test_text_passes_between_two_steps() -> None:
    """Urgent work asked for while pictures are drawn is done before their next step."""
    order: list[str] = []
    loop = asyncio.get_running_loop()
    begun = asyncio.Event()

    def note(number: int) -> None:
        order.append(f"step {number}")
        loop.call_soon_threadsafe(begun.set)
        while number == 1 and not waiting:
            pass

    waiting: list[bool] = []
    with ModelThread() as thread:
        studio = Studio(SlateGenerator(on_step=note), thread)

        async def answer() -> None:
            await begun.wait()
            done = thread.post(lambda: order.append("text"), urgent=True)
            waiting.append(True)
            await asyncio.wrap_future(done)

        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(studio.draw(asked(1, steps=3)))
            group.create_task(answer())

    assert order == ["step 1", "text", "step 2", "step 3"]


async def test_there_is_room_when_a_picture_ends() -> None:
    """``room`` waits while all places are asked for."""
    with ModelThread() as thread:
        studio = Studio(SlateGenerator(), thread, places=1)
        assert await studio.room() == 1
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            drawing = group.create_task(studio.draw(asked(1, steps=50)))
            await asyncio.sleep(0)
            assert await studio.room() == 1
            assert drawing.done()


async def test_broken_easel_is_replaced() -> None:
    """A fault of the easel itself fails those on it; the next picture gets a new one."""

    def fault(number: int) -> None:
        if number == 1:
            raise ValueError("broken")

    with ModelThread() as thread:
        studio = Studio(SlateGenerator(on_step=fault), thread)
        async with asyncio.timeout(20):
            assert isinstance(await studio.draw(asked(1)), ValueError)
            assert isinstance(await studio.draw(asked(2)), Drawn)


async def test_batch_generator_is_halved_until_it_fits() -> None:
    """A generator that only knows batches draws what waits together, in parts if need be."""
    sizes: list[int] = []

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Small(InstantGenerator):
        def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
            sizes.append(len(requests))
            if len(requests) > 1:
                raise OutOfMemory("cpu")
            return InstantGenerator.draw(self, requests)

    with ModelThread() as thread:
        studio = Studio(Small(), thread)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            drawn = [group.create_task(studio.draw(asked(seed))) for seed in range(3)]

    assert all(isinstance(task.result(), Drawn) for task in drawn)
    assert max(sizes) > 1
