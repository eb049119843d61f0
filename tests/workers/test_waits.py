"""How the drawing benchmarks work out who waited how long."""

from PIL import Image

from benchmarks._studio import Served, arrivals, one_by_one, together
from core.domain.cases import PictureSpec
from workers.generators import Drawn, DrawRequest

DRAWN = Drawn(image=Image.new("RGB", (1, 1)), source="schematic", model="m")


class Hand:
    """A clock that work moves on."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Steps:
    """An easel whose pictures take two steps of a second, whoever else is there."""

    def __init__(self, hand: Hand) -> None:
        """Begin empty."""
        self._hand = hand
        self._left: dict[DrawRequest, int] = {}

    def join(self, request: DrawRequest) -> None:
        self._left[request] = 2

    def step(self) -> list[tuple[DrawRequest, Drawn | Exception]]:
        self._hand.now_s += 1
        self._left = {request: left - 1 for request, left in self._left.items()}
        done = [request for request, left in self._left.items() if not left]
        self._left = {request: left for request, left in self._left.items() if left}
        return [(request, DRAWN) for request in done]

    def __len__(self) -> int:
        return len(self._left)


def requests(count: int) -> list[DrawRequest]:
    """Return requests."""
    spec = PictureSpec(condition_id="acne", tone=1, site="arm", severity=1, seed=1)
    return [
        DrawRequest(spec=spec, prompt="", stop=lambda: False, on_step=lambda _share: None)
        for _ in range(count)
    ]


def test_a_loop_makes_people_wait_for_each_other() -> None:
    """The second of two who came together waits for both; idle time is no work."""
    hand = Hand()

    def draw(_request: DrawRequest) -> None:
        hand.now_s += 2

    served = one_by_one(draw, requests(3), [0.0, 0.0, 10.0], hand)

    assert served == Served(latencies_s=[2, 4, 2], busy_s=6)


def test_an_easel_lets_people_join_between_steps() -> None:
    """Who comes during a step joins with the next one, while there are places."""
    hand = Hand()

    served = together(Steps(hand), requests(4), [0.0, 0.5, 0.5, 20.0], 2, hand)

    assert served == Served(latencies_s=[2, 2.5, 3.5, 2], busy_s=6)


def test_p95_is_of_those_who_waited_longest() -> None:
    """Of twenty, one may have waited longer."""
    assert Served(latencies_s=[float(n) for n in range(1, 21)], busy_s=1).p95_s() == 19


def test_arrivals_begin_at_once_and_are_in_order() -> None:
    """The same seed gives the same moments."""
    moments = arrivals(5, 10.0)

    assert moments[0] == 0
    assert moments == sorted(moments) == arrivals(5, 10.0)
