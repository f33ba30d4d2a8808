"""Codes of what the desk records about serving a customer; the words are in labels.py."""

from enum import StrEnum


class MandateKind(StrEnum):
    """Why somebody may speak for a customer (L41)."""

    GUARDIAN = "guardian"
    CONTINUING_POWER = "continuing-power"
    AUTHORISATION = "authorisation"
    ESTATE = "estate"


class MandateScope(StrEnum):
    ALL = "all"
    REQUESTS = "requests"
    MARKETING = "marketing"


class Evidence(StrEnum):
    """The document that was seen; no copy of it is kept (L10)."""

    GUARDIANSHIP_EXTRACT = "guardianship-extract"
    CONFIRMED_POWER = "confirmed-power"
    SIGNED_AUTHORISATION = "signed-authorisation"
    SUOMI_FI_MANDATE = "suomi-fi-mandate"
    ESTATE_INVENTORY = "estate-inventory"
    COURT_DECISION = "court-decision"
    OTHER_DOCUMENT = "other-document"


class MandateEnd(StrEnum):
    WITHDRAWN = "withdrawn"
    RESIGNED = "resigned"
    DECISION = "decision"
    DEATH = "death"
    MISTAKE = "mistake"


class ContactChannel(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    VISIT = "visit"
    LETTER = "letter"
    PORTAL = "portal"


class ContactDirection(StrEnum):
    INCOMING = "incoming"
    OUTGOING = "outgoing"


class ContactTopic(StrEnum):
    INVOICE = "invoice"
    CONTRACT = "contract"
    MOVING = "moving"
    FAULT = "fault"
    CONNECTION = "connection"
    CONSUMPTION = "consumption"
    PERSONAL_DATA = "personal-data"
    MARKETING = "marketing"
    COMPLAINT = "complaint"
    OTHER = "other"


class PaperKind(StrEnum):
    """What the paper is (R87)."""

    CONTRACT = "contract"
    CONNECTION_PAPERS = "connection-papers"
    LETTER = "letter"
    DATA_REQUEST = "data-request"
    MARKETING_PERMISSION = "marketing-permission"
    INVOICE_PAPERS = "invoice-papers"
    OTHER = "other"


class KeyHolder(StrEnum):
    """The unit that holds the key to a locked room: a unit, never a person."""

    CUSTOMER_SERVICE = "customer-service"
    REGISTER_MATTERS = "register-matters"
    NETWORK = "network"
    PROPERTY = "property"


class AddressPurpose(StrEnum):
    """Why a protected address was shown (L40); the customer sees it among the views of their data."""

    FIELD_WORK = "address-field-work"
    FAULT = "address-fault"
    CHECKING = "address-checking"
    HANDING_ON = "address-authority"


class ProtectionReason(StrEnum):
    """Why the mark of a protected address was set or taken away."""

    CUSTOMER_TOLD = "customer-told"
    ORDER_SHOWN = "order-shown"
    POPULATION_DATA = "population-data"
    ORDER_ENDED = "order-ended"
    MISTAKE = "mistake"


SETS_PROTECTION = (ProtectionReason.CUSTOMER_TOLD, ProtectionReason.ORDER_SHOWN, ProtectionReason.POPULATION_DATA)
LIFTS_PROTECTION = (ProtectionReason.ORDER_ENDED, ProtectionReason.MISTAKE)


class CareProblem(StrEnum):
    """What a form about serving a customer may be refused for."""

    FUTURE = "future"
    BEFORE_BEGINNING = "before-beginning"
    ENDS_BEFORE_IT_BEGINS = "ends-before-it-begins"
    NOBODY_NAMED = "nobody-named"
    UNKNOWN_CUSTOMER = "unknown-customer"
    THEMSELVES = "themselves"
    CASE_UNKNOWN = "case-unknown"
    IDENTITY_CODE = "identity-code"
    ALREADY_CORRECTED = "already-corrected"
