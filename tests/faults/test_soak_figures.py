"""The soak's verdict on what grew."""

from tests.faults.harness.soak import Soak


def soaked(**samples: list[float]) -> Soak:
    """Return a soak that has seen this."""
    soak = Soak(turns=1, seed=1)
    for name, values in samples.items():
        soak.samples[name.replace("__", ".")] = values
    return soak


def test_a_pool_that_grows_by_one_is_no_leak() -> None:
    """What comes and goes, and a pool that met a new peak, are no leaks."""
    soak = soaked(
        web__tasks=[90, 119, 118, 107, 160, 163, 158, 78],  # busier, then at rest
        worker__descriptors=[20, 21, 21, 22, 22, 23, 23, 23],
    )
    assert soak.leaks() == {}


def test_what_grows_with_the_turns_is_a_leak() -> None:
    """Of tasks, descriptors, threads and connections; memory has a verdict of its own."""
    grown = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
    soak = soaked(slack__tasks=grown, slack__rss_kib=grown, redis__connections=grown)
    assert soak.leaks() == {"slack.tasks": [35.0, 80.0], "redis.connections": [35.0, 80.0]}


def test_a_leak_in_the_first_quarter_alone_is_warming_up() -> None:
    """Caches and pools fill at first."""
    assert soaked(web__threads=[1, 20, 20, 20, 20, 20, 20, 20]).leaks() == {}


def test_memory_is_judged_for_each_turn_that_is_kept() -> None:
    """A run that gets quicker keeps more turns at a time, and no more for each."""
    minutes = [60.0 * n for n in range(40)]
    sent = [600.0 * n if n < 20 else 12_000 + 900.0 * (n - 20) for n in range(40)]
    kept = [now - sent[max(0, n - 7)] for n, now in enumerate(sent)]
    level = soaked(run__seconds=minutes, run__sent=sent, redis__memory_kib=[2 * k for k in kept])
    assert level.bounded
    steady = [600.0 * n for n in range(40)]
    leaky = soaked(
        run__seconds=minutes, run__sent=steady, redis__memory_kib=[s / 2 for s in steady]
    )
    assert not leaky.bounded
