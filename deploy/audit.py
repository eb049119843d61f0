"""``python -m deploy.audit``: asks whether any pinned package has a known vulnerability.

Prints one line and ends with 1 if one has. Without a network, or where the service does not know
the packages, it says so and ends with 0: a check that cannot be made is no failure of the code.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PATIENCE_S: Final = 180.0


def main() -> int:
    """Audit ``constraints.txt``."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "constraints.txt")),
        *("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"),
        *("--timeout", "10"),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a command of our own
            command, capture_output=True, check=False, timeout=PATIENCE_S
        )
        code, line = judged(json.loads(done.stdout)["dependencies"])
    except (OSError, subprocess.TimeoutExpired):
        code, line = 0, "pip-audit was skipped: it does not run, or nobody answered in time."
    except (ValueError, KeyError):
        code, line = 0, "pip-audit was skipped: its service does not answer (is there a network?)."
    sys.stdout.write(f"{line}\n")
    return code


def judged(packages: list[dict[str, Any]]) -> tuple[int, str]:
    """Return the exit status and the line for what pip-audit found."""
    bad = [package for package in packages if package.get("vulns")]
    if bad:
        named = ", ".join(
            f"{package['name']} {package['version']} ({package['vulns'][0]['id']})"
            for package in bad
        )
        return 1, f"pip-audit: known vulnerabilities in {named}."
    unknown = sum("skip_reason" in package for package in packages)
    if unknown == len(packages):
        return 0, "pip-audit was skipped: its service knows none of the packages."
    known = len(packages) - unknown
    return 0, f"pip-audit: {known} packages without known vulnerabilities, {unknown} unknown to it."


if __name__ == "__main__":
    sys.exit(main())
