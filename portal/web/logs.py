"""Logs as JSON lines without personal data: what looks like it is struck out before it is written (S16)."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from portal.core import audit

STRUCK_OUT = "[removed]"
_PERSONAL = re.compile(
    r"(?i:\b(?:set-)?cookies?['\"]?\s*[=:][^\n]*)"  # to the end of the line: it holds several
    r"|(?i:\bauthorization['\"]?\s*[=:][^\n]*)"
    r"|(?i:\[parameters:[^\n]*|\bDETAIL:[^\n]*)"  # values of rows, as SQLAlchemy and PostgreSQL tell them
    r"|(?i:[\w-]*(?:token|password|secret|validator)[\w-]*['\"]?\s*[=:]\s*(?:'[^']*'|\"[^\"]*\"|\S+))"
    # links that work once
    r"|(?i:(?<=/set-password/)|(?<=/reset-password/)|(?<=/activate/)|(?<=/email-change/)|(?<=/opt-out/))[^\s?#/\"']+"
    r"|\.?\beJ[\w-]{8,}\.[\w.-]+|\beyJ[\w-]{6,}\.[\w.-]+"  # what we have signed
    r"|(?i:(?<!\d)\d{6}\s?[-+A-FU-Y]\s?\d{3}[0-9A-Z](?![0-9A-Z]))"  # identity code
    r"|\b[A-Z]{2}\d{2}(?:\s?[0-9A-Z]{4}){2,7}(?:\s?[0-9A-Z]{1,3})?\b|(?i:\bFI\d{16}\b)"  # IBAN
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail
    r"|\+\d{8,15}\b"  # phone
)
SERVER_LOGGERS = ("gunicorn.error", "gunicorn.access")  # they bring handlers of their own


def redacted(text: str) -> str:
    return _PERSONAL.sub(STRUCK_OUT, text)


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, request id and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(_message(record)),
            "request_id": audit.request_id.get(),
        }
        if record.exc_info:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # logging itself would print the arguments as they are
        return str(record.msg)


def configure() -> None:
    """Send everything from the portal and its server through the one handler."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in SERVER_LOGGERS:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("huey").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
