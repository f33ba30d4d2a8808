"""How typed names and addresses are compared: the same person, the same mailbox, however they are spelled."""

import unicodedata


def username(typed: str) -> str:
    """Compatibility-normalised, casefolded, without blanks around it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).strip().casefold())


def mailbox(address: str | None) -> str:
    """What spellings that reach the same mailbox, as a rule, have in common; empty without an address."""
    return (address or "").strip().casefold()
