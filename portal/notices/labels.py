"""What right follows from which legal basis, in words."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.purposes import Purpose

RIGHTS = {
    LegalBasis.CONSENT: _l(
        "You can withdraw your consent at any time (Article 7(3)), "
        "and get the data you have given in a machine-readable form (Article 20)."
    ),
    LegalBasis.CONTRACT: _l("You can get the data you have given in a machine-readable form (Article 20)."),
    LegalBasis.LEGAL_OBLIGATION: _l(
        "You cannot object, and the data is not erased while the law requires it (Article 17(3)(b))."
    ),
    LegalBasis.LEGITIMATE_INTERESTS: _l("You can object on grounds relating to your situation (Article 21(1))."),
}
_AGAINST_MARKETING = _l("You can forbid direct marketing at any time, without giving reasons (Article 21(2) and (3)).")


def rights_of(purpose: Purpose, basis: LegalBasis) -> LazyString:
    """The right that comes on top of those that everyone always has."""
    if purpose is Purpose.MARKETING and basis is LegalBasis.LEGITIMATE_INTERESTS:
        return _AGAINST_MARKETING
    return RIGHTS[basis]
