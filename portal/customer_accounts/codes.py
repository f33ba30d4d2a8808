"""Codes that people copy from paper: 16 signs that are hard to mistake, read however they are typed."""

import base64
import unicodedata

BYTES = 10  # 80 bits
LENGTH = 16
GROUP = 4
# Crockford's base 32: without I, L, O and U, so that nothing can be taken for 1 or 0, and few words come out
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_FROM_BASE32 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET)
_MISTAKEN = str.maketrans("OIL", "011")


def code_of(secret: bytes) -> str:
    """The code of ten bytes."""
    if len(secret) != BYTES:
        raise ValueError(f"a code is made of {BYTES} bytes")
    return base64.b32encode(secret).decode("ascii").translate(_FROM_BASE32)


def grouped(code: str) -> str:
    """As it is printed: `7KQ2-M0XB-9D4T-C8HZ`."""
    return "-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def read(typed: str) -> str | None:
    """The code that was typed, in small letters or capitals, with or without hyphens and spaces; None when it is none.

    O, I and L are read as the digits that they look like.
    """
    bare = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if not _separates(sign))
    code = bare.upper().translate(_MISTAKEN)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def _separates(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Pd"
