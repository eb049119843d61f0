"""One stage for whole runs: real processes, real Redis, platforms of our own on loopback.

`theatre` starts what an operator starts (``python -m bots telegram`` and so on) with settings from
the environment alone, and can kill, freeze and restart every part of it. `assembly` puts the same
parts together inside one process, for tests and benchmarks that look into them.
"""
