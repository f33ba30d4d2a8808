"""What looks like a personal identity code, valid or not: it must not stay where it was typed by mistake (S16)."""

import re

_LOOKS_LIKE_ONE = re.compile(
    r"(?<!\d)\d{6}[-\u2010-\u2015\u2212+A-FU-Y]\d{3}[0-9A-Z](?![0-9A-Z])",
    re.ASCII,
)


def holds_identity_code(typed: str) -> bool:
    """Whether there is one in the text, blanks left out of account."""
    return _LOOKS_LIKE_ONE.search("".join(typed.split()).upper()) is not None
