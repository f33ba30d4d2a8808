"""Logs as JSON lines without personal data: what looks like it is struck out before it is written (S16)."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from portal.core import audit

STRUCK_OUT = "[removed]"
_BLANK = r"(?:\s|%20|\\xa0|\+|-)?"  # between groups, as typed or as an address carries it
_NOT_AFTER_DIGIT = r"(?:(?<!\d)|(?<=%[0-9A-F][0-9A-F]))"  # the two of %20 are not digits of what follows
# What comes before the part that tells is anchored and bounded everywhere: strangers write what stands here, and a
# pattern that is tried anew at every sign of a long word would stop the whole process.
_PERSONAL = re.compile(
    r"(?i:(?<![A-Z])(?:set-)?cookies?['\"]?\s*[=:][^\n]*)"  # to the end of the line: it holds several
    r"|(?i:\bauthorization['\"]?\s*[=:][^\n]*)"
    r"|(?i:\[parameters:[^\n]*|\bDETAIL:[^\n]*)"  # values of rows, as SQLAlchemy and PostgreSQL tell them
    r"|(?i:(?<![\w-])(?=[\w-]{0,80}?(?:token|password|secret|validator))[\w-]{1,100}['\"]?\s{0,4}[=:]\s{0,4}"
    r"(?:'[^']*'|\"[^\"]*\"|\S+))"
    # links that work once, whatever they open, and anything else in an address that is as long and as random
    r"|(?i:(?<=/set-password/)|(?<=/reset-password/)|(?<=/activate/)|(?<=/opt-out/)|(?<=/email-change/))[^\s?#/\"']+"
    r"|(?<=/)(?=[\w-]{0,200}\d)(?=[\w-]{0,200}[A-Z])[\w-]{32,}"
    r"|(?<![\w.-])\.?(?:eJ|eyJ)[\w-]{6,}+\.[\w.-]+"  # what we have signed
    # identity code
    rf"|(?i:{_NOT_AFTER_DIGIT}\d{{6}}(?:\s|%20)*(?:[-+A-FU-Y]|%2[BD])(?:\s|%20)*\d{{3}}[0-9A-Z](?![0-9A-Z]))"
    # IBAN: ours however it is spelled, others in capitals
    rf"|(?i:(?<![A-Z])FI{_BLANK}\d{{2}}(?:{_BLANK}\d{{4}}){{3}}{_BLANK}\d{{2}}(?!\d))"
    rf"|(?<![A-Za-z])[A-Z]{{2}}\d{{2}}(?:{_BLANK}[0-9A-Z]{{4}}){{2,7}}(?:{_BLANK}[0-9A-Z]{{1,3}})?\b"
    r"|(?i:(?<![\w.+-])[\w.+-]{1,254}(?:@|%40)[\w-]+\.[\w.-]+)"  # e-mail
    r"|(?:\+|%2B)\d{1,3}(?:(?:[ \u00a0-]|%20)?\d){7,13}\b"  # phone, and a Finnish one as Finns write it
    r"|(?<![\w.:/+-])0(?:4\d|50)(?:[ \u00a0-]|%20)?\d{3}(?:[ \u00a0-]|%20)?\d{3,4}\b"
    r"|\bip=\S+"  # as gunicorn tells of a request that it cannot read
)
SERVER_LOGGERS = ("gunicorn.error", "gunicorn.access")  # they bring handlers of their own


def redacted(text: str) -> str:
    return _PERSONAL.sub(STRUCK_OUT, text)


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, request id and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(_message(record)),
            "request_id": audit.request_id.get(),
        }
        for name, fact in getattr(record, "facts", {}).items():
            line[name] = redacted(fact) if isinstance(fact, str) else fact
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
