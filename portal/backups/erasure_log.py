"""The list of erasures and refusals, kept outside the database as it grows (S19).

`erasures.jsonl` in the instance folder is what `portal restore --erasures` takes. The worker adds to it every minute;
whoever runs the portal copies it to another place, apart from the backups. It holds no names and no numbers, only keyed
hashes. Lines are added and never changed: who lifted a prohibition since may be asked again, and nobody is forgotten.
"""

import fcntl
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portal.core.db import db
from portal.core.settings import settings
from portal.subject_requests import erasures

FILE = "erasures.jsonl"
OVERLAP = timedelta(hours=1)  # longer than any transaction takes from its moment to its commit
ALWAYS = datetime(1970, 1, 2, tzinfo=UTC)


def file() -> Path:
    return settings().instance / FILE


def add(now: datetime) -> int:
    """Add what came since the last time; returns how many lines. Each machine's file holds everything by itself."""
    handle = os.open(file(), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        state = os.fstat(handle)
        since = datetime.fromtimestamp(state.st_mtime, UTC) - OVERLAP if state.st_size else ALWAYS
        header, *found = erasures.since(min(since, now - OVERLAP))
        db.session.rollback()
        fresh = _unknown(found) if state.st_size else found
        lines = fresh if state.st_size else [header, *fresh]
        content = memoryview("".join(f"{line}\n" for line in lines).encode())
        if content:
            _append(handle, content, state.st_size)
        os.utime(handle, (now.timestamp(), now.timestamp()))
        return len(fresh)
    finally:
        os.close(handle)


def _append(handle: int, content: memoryview, size: int) -> None:
    try:
        while content:
            content = content[os.write(handle, content) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def _unknown(found: list[str]) -> list[str]:
    if not found:
        return []
    wanted = set(found)
    with file().open(encoding="utf-8") as lines:
        known = {stripped for line in lines if (stripped := line.rstrip("\n")) in wanted}
    return [line for line in found if line not in known]
