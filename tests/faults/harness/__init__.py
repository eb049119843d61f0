"""Fault injection for the whole product: ``python -m tests.faults.harness --turns 1000 --seed 1``.

Real processes talk to platforms of our own while a seeded schedule kills, freezes, cuts, slows,
fills and confuses everything. Afterwards `checker` reads what the platforms show, and nothing else.

`record` says what was asked and what is shown, `schedule` which faults come when, `strikes` carries
them out, `crowd` and the ``*_people`` modules are the persons, `run` puts all together.
"""
