"""32 people who ask for a picture at random moments: our easel against two plain ways.

(a) a plain loop of diffusers that draws one after the other, and (b) one ideal batch of all 32 that
begins when all have asked, whose throughput nothing that serves people as they come can beat by
batching alone. People come within half of the time that the loop needs, so that a line forms.
All three are measured in turns, on the same pipeline.
"""

import statistics
from typing import Any

from benchmarks import _studio
from workers.devices import Device, choose

PEOPLE = 32
PLACES = {"cpu": 8}
"""Places on the easel; a CPU gains nothing from more, and a line in front keeps waits short."""


def measure(device: Device, size: str, *, people: int = PEOPLE, repeats: int = 2) -> dict[str, Any]:
    """Return throughput and waits, ours against both."""
    clock = _studio.clock_of(device)
    pipe = _studio.pipeline(device, size)
    drawer = _studio.generator(device, size, pipe)
    plain = _studio.plainly(pipe, drawer)
    asked = _studio.requests(drawer, people)
    places = PLACES.get(device.kind, people)
    plain(asked[:1])  # the first pass of anything is slow
    begun_s = clock()
    plain(asked[:1])
    at_s = _studio.arrivals(people, (clock() - begun_s) * people / 2)
    rounds = []
    for _ in range(repeats):
        loop = _studio.one_by_one(lambda request: plain([request]), asked, at_s, clock)
        begun_s = clock()
        plain(asked)
        ideal_s = clock() - begun_s
        ours = _studio.together(drawer.easel(), asked, at_s, places, clock)
        rounds.append(
            {
                "throughput_vs_ideal": ideal_s / ours.busy_s,
                "throughput_vs_sequential": loop.busy_s / ours.busy_s,
                "p95_vs_sequential": ours.p95_s() / loop.p95_s(),
                "pictures_per_s": people / ours.busy_s,
                "p95_s": ours.p95_s(),
            }
        )
    return {
        "device": device.name,
        "size": size,
        "people": people,
        "places": places,
        **{name: round(statistics.median(one[name] for one in rounds), 3) for name in rounds[0]},
    }


def main() -> dict[str, Any]:
    """Measure the demo model."""
    return measure(choose("auto"), "demo")
