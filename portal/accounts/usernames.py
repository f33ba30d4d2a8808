"""How a typed user name is compared: the same person however it is spelled."""

import unicodedata


def normalised(typed: str) -> str:
    """Compatibility-normalised, casefolded, without blanks around it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).strip().casefold())
