"""How secret values look where the full value is not needed (L14)."""


def masked_identity_code(value: str) -> str:
    """280285-901N becomes 280285-****."""
    return f"{value[:7]}****"


def masked_iban(value: str) -> str:
    """The country and the last two digits are left."""
    hidden = "*" * (len(value) - 4)
    plain = f"{value[:2]}{hidden}{value[-2:]}"
    return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))
