"""Logging, configured once per process: human on a terminal, JSON lines elsewhere.

Facts go into ``extra``; texts, pictures, names and tokens never do.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

from config.settings import LoggingSettings

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class HumanFormatter(logging.Formatter):
    """One readable line, facts behind it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        line = f"{at} {record.levelname[0]} {record.name}: {record.getMessage()} {facts}".rstrip()
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def configure(settings: LoggingSettings) -> None:
    """Set up the root logger on standard error."""
    human = settings.log_format == "human" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    handler = logging.StreamHandler()
    handler.setFormatter(HumanFormatter() if human else JsonFormatter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    # Their INFO lines hold URLs with tokens.
    for name in ("httpx", "httpcore", "slack_sdk", "slack_bolt"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Where torchao is installed, each start would tell of kernels that are not for this device.
    for name in ("torchao", "torch.utils._pytree"):
        logging.getLogger(name).setLevel(logging.ERROR)
