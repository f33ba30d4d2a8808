"""Today's legal bases, and the ones that each purpose rests on (R15-R19)."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from portal.catalogues.purposes import Purpose


class LegalBasis(StrEnum):
    CONSENT = "consent"  # GDPR 6(1)(a)
    CONTRACT = "contract"  # 6(1)(b)
    LEGAL_OBLIGATION = "legal-obligation"  # 6(1)(c)
    LEGITIMATE_INTERESTS = "legitimate-interests"  # 6(1)(f)


LABELS = {
    LegalBasis.CONSENT: _l("Consent"),
    LegalBasis.CONTRACT: _l("Contract"),
    LegalBasis.LEGAL_OBLIGATION: _l("Legal obligation"),
    LegalBasis.LEGITIMATE_INTERESTS: _l("Legitimate interests"),
}

ARTICLES = {
    LegalBasis.CONSENT: "6(1)(a)",
    LegalBasis.CONTRACT: "6(1)(b)",
    LegalBasis.LEGAL_OBLIGATION: "6(1)(c)",
    LegalBasis.LEGITIMATE_INTERESTS: "6(1)(f)",
}

OF_PURPOSE: dict[Purpose, tuple[LegalBasis, ...]] = {
    Purpose.CUSTOMER_RELATIONSHIP: (LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTERESTS),
    Purpose.PRODUCTS_AND_SERVICES: (LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION),
    Purpose.PAYMENTS: (LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTERESTS),
    Purpose.MARKETING: (LegalBasis.CONSENT, LegalBasis.LEGITIMATE_INTERESTS),
    Purpose.BUSINESS_DEVELOPMENT: (LegalBasis.LEGITIMATE_INTERESTS,),
}
