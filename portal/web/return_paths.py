"""Where a form may send the person back to: a page of ours, never somewhere else (S21)."""

import re
from urllib.parse import unquote, urlsplit

from portal.config import LANGUAGES

LONGEST = 2000

_QUERY = r"(\?[A-Za-z0-9._~%&=+:,;@!$'()*/-]*)?"
_PAGE_OF_OURS = re.compile(rf"/({'|'.join(LANGUAGES)})(/[A-Za-z0-9._~%-]*)*{_QUERY}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def is_safe(path: str) -> bool:
    """Whether this is a path of one of our pages, however a browser may read it."""
    if len(path) > LONGEST or not _PAGE_OF_OURS.fullmatch(path):
        return False
    bare = path.partition("?")[0]
    decoded = unquote(unquote(bare))
    if _CONTROL.search(decoded) or "\\" in decoded or "//" in decoded or ":" in decoded:
        return False
    if any(part in (".", "..") for part in decoded.split("/")):
        return False
    parts = urlsplit(path)
    return not parts.scheme and not parts.netloc


def safe_return_path(path: str | None, *, default: str) -> str:
    """`path` when it is safe to follow, else `default`."""
    return path if path and is_safe(path) else default
