"""Laws that oblige a company to give authorities what they ask for; another law is named in words (R69)."""

import re
from enum import StrEnum

from flask_babel import lazy_gettext as _l

# A statute's number names it: 872/2011, or 2016/679 of the Union.
STATUTE_NUMBER = re.compile(r"\b(\d{1,4}/(18|19|20)\d\d|(19|20)\d\d/\d{1,4})\b")


class DisclosureLaw(StrEnum):
    TAX_ASSESSMENT = "tax-assessment"
    ENFORCEMENT = "enforcement"
    POLICE = "police"
    ENERGY_SUPERVISION = "energy-supervision"
    DATA_PROTECTION = "data-protection"


LABELS = {
    DisclosureLaw.TAX_ASSESSMENT: _l("Act on Assessment Procedure (1558/1995), chapter 3"),
    DisclosureLaw.ENFORCEMENT: _l("Enforcement Code (705/2007), chapter 3"),
    DisclosureLaw.POLICE: _l("Police Act (872/2011), chapter 4, section 3"),
    DisclosureLaw.ENERGY_SUPERVISION: _l("Act on the Supervision of the Electricity and Natural Gas Market (590/2013)"),
    DisclosureLaw.DATA_PROTECTION: _l("Data Protection Act (1050/2018), section 18"),
}


def names_a_law(text: str) -> bool:
    return STATUTE_NUMBER.search(text) is not None
