"""How log lines look, in the command's process and in every actor's.

One line a record: time, level, who, logger, message, and the request's id if the record has one. Give it
as `logger.info(…, extra={"request_id": …})`.
"""

import json
import logging
import time
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["text", "json"]

FILE_BYTES = 50_000_000
OLD_FILES = 3

CHATTY = ("alembic", "asyncio", "ray", "uvicorn", "websockets")
"""Libraries that are heard only when something is wrong."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What every process of the service needs to know to log.

    `folder`, if there is one, gets a file for each process beside what goes to standard error.
    """

    level: LogLevel = "INFO"
    format: LogFormat = "text"
    folder: Path | None = None


def configure_logging(settings: LogSettings, who: str) -> None:
    """Make all loggers of this process write the house's lines; `who` names the process in them."""
    formatter = JsonLines(who) if settings.format == "json" else TextLines(who)
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if settings.folder is not None:
        path = settings.folder / f"{who}.log"
        handlers.append(RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, delay=True))
    for handler in handlers:
        handler.setFormatter(formatter)
    logging.basicConfig(level=settings.level, handlers=handlers, force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


class TextLines(logging.Formatter):
    """`2026-11-24T02:30:00.123Z INFO gateway-0 eventray_gateway.app started`."""

    default_msec_format = "%s.%03dZ"
    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def __init__(self, who: str) -> None:
        super().__init__("%(asctime)s %(levelname)s " + who.replace("%", "%%") + " %(name)s %(message)s")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The line without a traceback; line breaks in the message do not begin new records."""
        line = super().formatMessage(record).replace("\n", "\\n")
        request_id = getattr(record, "request_id", None)
        return f"{line} request_id={request_id}" if request_id else line


class JsonLines(TextLines):
    """The same as one JSON object a line."""

    def __init__(self, who: str) -> None:
        super().__init__(who)
        self._who = who

    def format(self, record: logging.LogRecord) -> str:
        """The whole record, traceback included, in one line."""
        fields: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "process": self._who,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := getattr(record, "request_id", None):
            fields["request_id"] = request_id
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)
