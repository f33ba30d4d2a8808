"""Countries of recipients, and the grounds on which data may leave the EU and the EEA (R86, GDPR chapter V)."""

from enum import StrEnum

from babel import Locale
from flask_babel import lazy_gettext as _l

EEA = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT"}
    | {"LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"}
)
# what Babel lists besides countries: groups of them, and codes that mean nothing
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


class TransferGround(StrEnum):
    ADEQUACY = "adequacy"
    STANDARD_CLAUSES = "standard-clauses"
    BINDING_RULES = "binding-rules"
    DEROGATION = "derogation"


LABELS = {
    TransferGround.ADEQUACY: _l("Decision of the Commission on adequate protection (Article 45)"),
    TransferGround.STANDARD_CLAUSES: _l("Standard contractual clauses of the Commission (Article 46(2)(c))"),
    TransferGround.BINDING_RULES: _l("Binding corporate rules (Article 47)"),
    TransferGround.DEROGATION: _l("Derogation for a specific situation (Article 49)"),
}


def is_outside_eea(country: str) -> bool:
    return country not in EEA


def country_name(code: str, locale: str) -> str:
    return str(Locale.parse(locale).territories.get(code, code))


def countries(locale: str) -> list[tuple[str, str]]:
    """Codes with names, those of the EU and the EEA first, each group by name."""
    names = Locale.parse(locale).territories
    known = [(code, name) for code, name in names.items() if len(code) == 2 and code not in NO_COUNTRIES]
    return sorted(known, key=lambda one: (is_outside_eea(one[0]), one[1].casefold()))
