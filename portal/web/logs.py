"""Logs as JSON lines without personal data: what looks like it is struck out before it is written (S16)."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from portal.core import audit

STRUCK_OUT = "[removed]"
_PERSONAL = re.compile(
    r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]\b"  # identity code
    r"|\bFI\d{2}(?:\s?\d{4}){3}\s?\d{2}\b"  # IBAN
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail
    r"|(?i:(?:cookie|token|password|authorization)\S*[=:]\s*\S+)",
)


def redacted(text: str) -> str:
    return _PERSONAL.sub(STRUCK_OUT, text)


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, request id and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
            "request_id": audit.request_id.get(),
        }
        if record.exc_info:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure() -> None:
    """Send everything from the portal and its server through the one handler."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("huey").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
