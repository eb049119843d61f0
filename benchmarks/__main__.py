"""``python -m benchmarks [NAME]``: runs all benchmarks or one; JSON on the last line of each.

A benchmark is a module of this folder with ``main() -> dict``. Its docstring says what is measured
and what the baseline is.
"""

import argparse
import importlib
import json
import pkgutil
import sys

import benchmarks


def names() -> list[str]:
    """Return the names of all benchmarks."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def main() -> int:
    """Run what was asked for; 2 when there is no such benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", help="one of: " + ", ".join(names()))
    wanted = parser.parse_args().name
    if wanted and wanted not in names():
        print(f"There is no benchmark {wanted!r}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    for name in [wanted] if wanted else names():
        figures = importlib.import_module(f"benchmarks.{name}").main()
        print(json.dumps({"benchmark": name, **figures}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
