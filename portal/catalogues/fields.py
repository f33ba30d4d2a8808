"""The field catalogue: every personal field the portal holds, and all that is said or done about it (R21-R51).

My data, the export, the correction form, the notice and the import read it. Tables and attributes are named as
strings, like foreign keys are: the catalogue knows no model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.catalogues.code_lists import CodeList
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.purposes import Purpose
from portal.catalogues.recipients import Recipient
from portal.catalogues.retention import RetentionRule
from portal.catalogues.sources import Source

CURRENCY = "EUR"


class Category(StrEnum):
    """A section of my data; the order is the order of the page."""

    CUSTOMER = "customer"
    SITE = "site"
    CONSUMPTION = "consumption"
    BILLING = "billing"
    PAYMENTS = "payments"
    FEEDBACK = "feedback"
    CALLS = "calls"
    ACCOUNT = "account"
    SATISFACTION = "satisfaction"
    SERVICE_USE = "service-use"
    PURCHASES = "purchases"
    PERMISSIONS = "permissions"
    OTHER = "other"


class Display(StrEnum):
    """How a value is shown."""

    PLAIN = "plain"
    LONG_TEXT = "long-text"
    CODE = "code"
    YES_NO = "yes-no"
    DATE = "date"
    MONTH = "month"
    MOMENT = "moment"
    MONEY = "money"
    KWH = "kwh"
    NUMBER = "number"
    SECONDS = "seconds"
    PHONE = "phone"
    IDENTITY_CODE = "identity-code"
    IBAN = "iban"
    REFERENCE = "reference"
    FUSE = "fuse"


MASKED = frozenset({Display.IDENTITY_CODE, Display.IBAN})


class Check(StrEnum):
    """Which validator of the register a new value must pass."""

    TEXT = "text"
    IDENTITY_CODE = "identity-code"
    BUSINESS_ID = "business-id"
    PHONE = "phone"
    EMAIL = "email"
    POSTAL_CODE = "postal-code"
    MAIN_FUSE = "main-fuse"
    IBAN = "iban"
    WHOLE_NUMBER = "whole-number"
    DATE = "date"
    CODE = "code"
    YES_NO = "yes-no"


@dataclass(frozen=True)
class FieldSpec:
    """One field; `check` is None exactly where a customer cannot ask for a correction of the field itself."""

    key: str
    category: Category
    fact: str
    label: LazyString
    attribute: str
    purposes: tuple[Purpose, ...]
    legal_basis: tuple[LegalBasis, ...]
    sources: tuple[Source, ...]
    recipients: tuple[Recipient, ...]
    retention: RetentionRule
    display: Display
    check: Check | None = None
    code_list: CodeList | None = None
    is_optional: bool = False

    @property
    def is_correctable(self) -> bool:
        return self.check is not None

    @property
    def is_masked(self) -> bool:
        return self.display in MASKED


@dataclass(frozen=True)
class CategorySpec:
    """What the fields of a category have in common."""

    category: Category
    label: LazyString
    table: str
    purposes: tuple[Purpose, ...]
    legal_basis: tuple[LegalBasis, ...]
    sources: tuple[Source, ...]
    recipients: tuple[Recipient, ...]
    retention: RetentionRule
    # The attribute whose date begins the retention period.
    event: str | None = None
    # Where that names no day, the end of the customer relationship does.
    is_of_contract: bool = False
    # The attribute that says itself from when on the record is to be gone, where it carries its own date.
    deleted_on: str | None = None
    # One record per customer: a field is then named by its key alone.
    is_single: bool = False


_CARE = Purpose.CUSTOMER_RELATIONSHIP
_DELIVERY = Purpose.PRODUCTS_AND_SERVICES
_PAYING = Purpose.PAYMENTS
_MARKETING = Purpose.MARKETING
_DEVELOPING = Purpose.BUSINESS_DEVELOPMENT

_FROM_CUSTOMERS = (
    Source.QUOTE_REQUEST,
    Source.ORDER,
    Source.CONTRACT,
    Source.CUSTOMER_CONTACT,
)
_FROM_POTENTIAL = (Source.COMPETITION, Source.PRIZE_DRAW, Source.TELEPHONE_SALES)
_FROM_REGISTERS = (Source.POPULATION_DATA, Source.ASIAKASTIETO, Source.ADDRESS_SERVICE)
_OWN = (Source.OWN_CHANGE, Source.CORRECTION)
_PERSON_SOURCES = (*_FROM_CUSTOMERS, *_FROM_POTENTIAL, *_FROM_REGISTERS, *_OWN)
_SITE_SOURCES = (*_FROM_CUSTOMERS, Source.MARKET_DATA_EXCHANGE, Source.CORRECTION)
_USE_SOURCES = (*_FROM_CUSTOMERS, Source.SERVICE_USE, Source.CORRECTION)

CATEGORIES: Mapping[Category, CategorySpec] = {
    spec.category: spec
    for spec in (
        CategorySpec(
            Category.CUSTOMER,
            _l("Customer details"),
            "customer",
            (_CARE, _DELIVERY, _PAYING),
            (LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION),
            _PERSON_SOURCES,
            (Recipient.INVOICING_AND_COLLECTION, Recipient.AUTHORISED_PARTNER, Recipient.AUTHORITY),
            RetentionRule.CUSTOMER_RELATIONSHIP,
            event="contract_ended_on",
            is_single=True,
        ),
        CategorySpec(
            Category.SITE,
            _l("Metering points"),
            "metering_site",
            (_DELIVERY, _CARE),
            (LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION),
            _SITE_SOURCES,
            (Recipient.DATAHUB, Recipient.AUTHORISED_PARTNER, Recipient.AUTHORITY),
            RetentionRule.CUSTOMER_RELATIONSHIP,
            event="contract_until",
            is_of_contract=True,
        ),
        CategorySpec(
            Category.CONSUMPTION,
            _l("Electricity consumption"),
            "consumption",
            (_DELIVERY, _PAYING),
            (LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION),
            (Source.SERVICE_USE, Source.MARKET_DATA_EXCHANGE, Source.CORRECTION),
            (Recipient.DATAHUB,),
            RetentionRule.METERING,
            event="month",
        ),
        CategorySpec(
            Category.BILLING,
            _l("Billing"),
            "billing",
            (_PAYING,),
            (LegalBasis.CONTRACT,),
            (*_FROM_CUSTOMERS, *_FROM_REGISTERS, *_OWN),
            (Recipient.INVOICING_AND_COLLECTION,),
            RetentionRule.CUSTOMER_RELATIONSHIP,
            is_of_contract=True,
            is_single=True,
        ),
        CategorySpec(
            Category.PAYMENTS,
            _l("Invoices and payments"),
            "invoice",
            (_PAYING,),
            (LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION),
            (Source.CONTRACT, Source.SERVICE_USE, Source.CORRECTION),
            (Recipient.INVOICING_AND_COLLECTION, Recipient.AUTHORITY),
            RetentionRule.ACCOUNTING,
            event="issued_on",
        ),
        CategorySpec(
            Category.FEEDBACK,
            _l("Feedback"),
            "feedback",
            (_CARE, _DEVELOPING),
            (LegalBasis.LEGITIMATE_INTERESTS,),
            (Source.CUSTOMER_CONTACT, Source.CORRECTION),
            (Recipient.AUTHORISED_PARTNER,),
            RetentionRule.CONTACTS,
            event="received_on",
        ),
        CategorySpec(
            Category.CALLS,
            _l("Recorded calls"),
            "recorded_call",
            (_CARE, _DEVELOPING),
            (LegalBasis.LEGITIMATE_INTERESTS,),
            (Source.CALL_RECORDING, Source.CORRECTION),
            (Recipient.AUTHORISED_PARTNER,),
            RetentionRule.RECORDINGS,
            deleted_on="delete_on",
        ),
        CategorySpec(
            Category.ACCOUNT,
            _l("Account in this service"),
            "account",
            (_CARE, _DELIVERY),
            (LegalBasis.CONTRACT,),
            (Source.CUSTOMER_CONTACT, Source.SERVICE_USE, Source.OWN_CHANGE),
            (),
            RetentionRule.ACCOUNT,
            is_single=True,
        ),
        CategorySpec(
            Category.SATISFACTION,
            _l("Customer satisfaction"),
            "satisfaction",
            (_DEVELOPING, _CARE),
            (LegalBasis.LEGITIMATE_INTERESTS,),
            (Source.CUSTOMER_CONTACT, Source.CORRECTION),
            (Recipient.AUTHORISED_PARTNER,),
            RetentionRule.CONTACTS,
            event="answered_on",
        ),
        CategorySpec(
            Category.SERVICE_USE,
            _l("Use of services"),
            "service_event",
            (_CARE, _DEVELOPING),
            (LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTERESTS),
            (Source.SERVICE_USE, Source.CORRECTION),
            (),
            RetentionRule.CONTACTS,
            event="happened_at",
        ),
        CategorySpec(
            Category.PURCHASES,
            _l("Purchases"),
            "purchase",
            (_DELIVERY, _DEVELOPING),
            (LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTERESTS),
            _USE_SOURCES,
            (Recipient.AUTHORISED_PARTNER,),
            RetentionRule.ACCOUNTING,
            event="ordered_on",
        ),
        CategorySpec(
            Category.PERMISSIONS,
            _l("Marketing permissions and prohibitions"),
            "current_permission",
            (_MARKETING,),
            (LegalBasis.CONSENT, LegalBasis.LEGAL_OBLIGATION),
            (*_FROM_CUSTOMERS, *_FROM_POTENTIAL, Source.OWN_CHANGE),
            (),
            RetentionRule.PERMISSION,
        ),
        CategorySpec(
            Category.OTHER,
            _l("Other data given with your consent"),
            "other_datum",
            (_DELIVERY,),
            (LegalBasis.CONSENT,),
            (*_FROM_CUSTOMERS, Source.CORRECTION),
            (),
            RetentionRule.CONTACTS,
            event="source_on",
        ),
    )
}


def _field(
    category: Category,
    key: str,
    fact: str,
    label: LazyString,
    display: Display = Display.PLAIN,
    *,
    attribute: str | None = None,
    check: Check | None = None,
    code_list: CodeList | None = None,
    is_optional: bool = False,
    recipients: tuple[Recipient, ...] | None = None,
    purposes: tuple[Purpose, ...] | None = None,
    legal_basis: tuple[LegalBasis, ...] | None = None,
) -> FieldSpec:
    shared = CATEGORIES[category]
    return FieldSpec(
        key=key,
        category=category,
        fact=fact,
        label=label,
        attribute=attribute or key,
        purposes=shared.purposes if purposes is None else purposes,
        legal_basis=shared.legal_basis if legal_basis is None else legal_basis,
        sources=shared.sources,
        recipients=shared.recipients if recipients is None else recipients,
        retention=shared.retention,
        display=display,
        check=check,
        code_list=code_list,
        is_optional=is_optional,
    )


def _code(
    category: Category, key: str, fact: str, label: LazyString, code_list: CodeList, attribute: str | None = None
) -> FieldSpec:
    """A correctable field whose value is on a code list."""
    return _field(category, key, fact, label, Display.CODE, attribute=attribute, check=Check.CODE, code_list=code_list)


_C, _S, _B, _P = Category.CUSTOMER, Category.SITE, Category.BILLING, Category.PAYMENTS
_CREDIT = (*CATEGORIES[_C].recipients, Recipient.CREDIT_INFORMATION)

FIELDS: tuple[FieldSpec, ...] = (
    _field(_C, "name", "R22", _l("Name"), check=Check.TEXT, recipients=_CREDIT),
    _field(
        _C,
        "identity_code",
        "R23",
        _l("Personal identity code"),
        Display.IDENTITY_CODE,
        check=Check.IDENTITY_CODE,
        is_optional=True,
        recipients=(Recipient.CREDIT_INFORMATION, Recipient.INVOICING_AND_COLLECTION, Recipient.AUTHORITY),
        purposes=(_DELIVERY, _PAYING),
        legal_basis=(LegalBasis.LEGAL_OBLIGATION,),
    ),
    _field(_C, "customer_number", "R24", _l("Customer number"), attribute="number"),
    _field(_C, "kind", "R25", _l("Person or organisation"), Display.CODE, code_list=CodeList.CUSTOMER_KIND),
    _field(_C, "status", "R9", _l("Customer or potential customer"), Display.CODE, code_list=CodeList.CUSTOMER_STATUS),
    _field(_C, "business_id", "R25", _l("Business ID"), check=Check.BUSINESS_ID, is_optional=True),
    _field(_C, "phone", "R26", _l("Phone"), Display.PHONE, check=Check.PHONE, is_optional=True),
    _field(_C, "email", "R26", _l("E-mail"), check=Check.EMAIL, is_optional=True),
    _code(_C, "preferred_language", "R26", _l("Preferred language"), CodeList.LANGUAGE),
    _field(
        _C,
        "has_own_liabilities",
        "R70",
        _l("Liabilities such as debts or guarantees"),
        Display.YES_NO,
        check=Check.YES_NO,
        code_list=CodeList.YES_NO,
        purposes=(_PAYING,),
        recipients=(),
    ),
    _field(
        _C,
        "is_protected",
        "R26",
        _l("Address protected by a non-disclosure order"),
        Display.YES_NO,
        check=Check.YES_NO,
        code_list=CodeList.YES_NO,
        recipients=(),
        legal_basis=(LegalBasis.LEGAL_OBLIGATION,),
    ),
    _field(_C, "contract_ended_on", "R21", _l("Customer relationship ended"), Display.DATE, is_optional=True),
    _field(_S, "gsrn", "R37", _l("Metering point ID (GSRN)")),
    _field(_S, "street", "R27", _l("Street address"), check=Check.TEXT),
    _field(_S, "postal_code", "R28", _l("Postal code"), check=Check.POSTAL_CODE),
    _field(_S, "city", "R29", _l("City or town"), check=Check.TEXT),
    _code(_S, "housing", "R30", _l("Type of dwelling"), CodeList.HOUSING),
    _code(_S, "tenure", "R31", _l("Form of tenure"), CodeList.TENURE),
    _code(_S, "timing", "R32", _l("Timing of use"), CodeList.TIMING),
    _code(_S, "heating", "R33", _l("Type of heating"), CodeList.HEATING),
    _field(
        _S,
        "estimate_kwh",
        "R34",
        _l("Estimated consumption in a year"),
        Display.KWH,
        check=Check.WHOLE_NUMBER,
        is_optional=True,
    ),
    _field(_S, "main_fuse", "R36", _l("Main fuse size"), Display.FUSE, check=Check.MAIN_FUSE),
    _field(_S, "connection_number", "R37", _l("Connection number")),
    _code(_S, "connection_voltage", "R37", _l("Voltage level"), CodeList.VOLTAGE),
    _code(_S, "connection_phases", "R37", _l("Phases"), CodeList.PHASES),
    _code(_S, "connection_status", "R37", _l("State of the connection"), CodeList.CONNECTION_STATUS),
    _field(
        _S,
        "connection_contract_on",
        "R37",
        _l("Date of the connection contract"),
        Display.DATE,
        check=Check.DATE,
        is_optional=True,
    ),
    _field(
        _S,
        "is_transferable",
        "R37",
        _l("Connection can be transferred"),
        Display.YES_NO,
        check=Check.YES_NO,
        code_list=CodeList.YES_NO,
    ),
    _field(
        _S,
        "has_generation",
        "R37",
        _l("Micro-generation"),
        Display.YES_NO,
        check=Check.YES_NO,
        code_list=CodeList.YES_NO,
    ),
    _code(_S, "contract", "R37", _l("Contract"), CodeList.CONTRACT),
    _code(_S, "contract_duration", "R37", _l("Duration of the contract"), CodeList.DURATION),
    _field(_S, "contract_from", "R37", _l("Contract begins"), Display.DATE, check=Check.DATE),
    _field(_S, "contract_until", "R37", _l("Contract ends"), Display.DATE, check=Check.DATE, is_optional=True),
    _code(_S, "tariff", "R37", _l("Network tariff"), CodeList.TARIFF),
    _field(Category.CONSUMPTION, "consumption_site", "R35", _l("Metering point"), attribute="site_gsrn"),
    _field(Category.CONSUMPTION, "consumption_month", "R35", _l("Month"), Display.MONTH, attribute="month"),
    _field(
        Category.CONSUMPTION,
        "consumption_kind",
        "R34",
        _l("Estimate or measured"),
        Display.CODE,
        attribute="kind",
        code_list=CodeList.CONSUMPTION_KIND,
    ),
    _field(
        Category.CONSUMPTION,
        "consumption_kwh",
        "R35",
        _l("Consumption"),
        Display.KWH,
        attribute="kwh",
        check=Check.WHOLE_NUMBER,
    ),
    _field(_B, "billing_street", "R38", _l("Billing address"), attribute="street", check=Check.TEXT),
    _field(_B, "billing_postal_code", "R38", _l("Postal code"), attribute="postal_code", check=Check.POSTAL_CODE),
    _field(_B, "billing_city", "R38", _l("City or town"), attribute="city", check=Check.TEXT),
    _field(_B, "due_on", "R39", _l("Next due date"), Display.DATE, check=Check.DATE, is_optional=True),
    _code(_B, "billing_cycle", "R40", _l("Billing cycle"), CodeList.BILLING_CYCLE, attribute="cycle"),
    _code(_B, "billing_method", "R41", _l("Billing method"), CodeList.BILLING_METHOD, attribute="method"),
    _field(_B, "iban", "R42", _l("Account number (IBAN)"), Display.IBAN, check=Check.IBAN, is_optional=True),
    _field(_P, "invoice_number", "R43", _l("Invoice number"), attribute="number"),
    _field(_P, "invoice_reference", "R43", _l("Reference number"), Display.REFERENCE, attribute="reference"),
    _field(
        _P,
        "invoice_amount",
        "R43",
        _l("Amount"),
        Display.MONEY,
        attribute="amount_cents",
    ),
    _field(_P, "invoice_issued_on", "R43", _l("Date of the invoice"), Display.DATE, attribute="issued_on"),
    _field(_P, "invoice_due_on", "R39", _l("Due date"), Display.DATE, attribute="due_on", check=Check.DATE),
    _field(
        _P,
        "invoice_paid_on",
        "R43",
        _l("Paid on"),
        Display.DATE,
        attribute="paid_on",
        check=Check.DATE,
        is_optional=True,
    ),
    _code(_P, "invoice_state", "R43", _l("State of payment"), CodeList.PAYMENT_STATE, attribute="state"),
    _field(
        Category.FEEDBACK,
        "feedback_received_on",
        "R44",
        _l("Received on"),
        Display.DATE,
        attribute="received_on",
        check=Check.DATE,
    ),
    _code(Category.FEEDBACK, "feedback_channel", "R44", _l("Channel"), CodeList.FEEDBACK_CHANNEL, attribute="channel"),
    _code(Category.FEEDBACK, "feedback_category", "R44", _l("Topic"), CodeList.FEEDBACK_CATEGORY, attribute="category"),
    _field(
        Category.FEEDBACK,
        "feedback_text",
        "R44",
        _l("Feedback"),
        Display.LONG_TEXT,
        attribute="text",
        check=Check.TEXT,
    ),
    _code(Category.FEEDBACK, "feedback_status", "R44", _l("Status"), CodeList.FEEDBACK_STATUS, attribute="status"),
    _field(
        Category.FEEDBACK,
        "feedback_reply",
        "R44",
        _l("Reply"),
        Display.LONG_TEXT,
        attribute="reply",
        is_optional=True,
    ),
    _field(Category.CALLS, "call_started_at", "R45", _l("Call began"), Display.MOMENT, attribute="started_at"),
    _field(Category.CALLS, "call_length", "R45", _l("Length"), Display.SECONDS, attribute="length_seconds"),
    _code(Category.CALLS, "call_direction", "R45", _l("Direction"), CodeList.CALL_DIRECTION, attribute="direction"),
    _field(Category.CALLS, "call_topic", "R45", _l("Topic"), attribute="topic", check=Check.TEXT),
    _field(
        Category.CALLS,
        "call_told",
        "R61",
        _l("You were told of the recording"),
        Display.YES_NO,
        attribute="is_customer_told",
        check=Check.YES_NO,
        code_list=CodeList.YES_NO,
    ),
    _code(
        Category.CALLS, "call_purpose", "R62", _l("Use of the recording"), CodeList.CALL_PURPOSE, attribute="purpose"
    ),
    _field(
        Category.CALLS,
        "call_delete_on",
        "R45",
        _l("Recording is deleted on"),
        Display.DATE,
        attribute="delete_on",
    ),
    _field(Category.ACCOUNT, "username", "R46", _l("Username")),
    _field(Category.ACCOUNT, "account_email", "R46", _l("E-mail of the account"), attribute="email", is_optional=True),
    _field(Category.ACCOUNT, "account_created_at", "R46", _l("Account made"), Display.MOMENT, attribute="created_at"),
    _field(
        Category.ACCOUNT,
        "last_sign_in_at",
        "R46",
        _l("Last sign-in"),
        Display.MOMENT,
        is_optional=True,
    ),
    _field(
        Category.ACCOUNT,
        "account_language",
        "R46",
        _l("Language of the account"),
        Display.CODE,
        attribute="language",
        code_list=CodeList.LANGUAGE,
    ),
    _code(Category.SATISFACTION, "survey", "R47", _l("Survey"), CodeList.SURVEY),
    _field(
        Category.SATISFACTION,
        "satisfaction_score",
        "R47",
        _l("Score from 1 to 5"),
        Display.NUMBER,
        attribute="score",
        check=Check.WHOLE_NUMBER,
    ),
    _field(
        Category.SATISFACTION,
        "satisfaction_answered_on",
        "R47",
        _l("Answered on"),
        Display.DATE,
        attribute="answered_on",
        check=Check.DATE,
    ),
    _code(Category.SERVICE_USE, "service_event", "R48", _l("Event"), CodeList.SERVICE_EVENT, attribute="event"),
    _field(Category.SERVICE_USE, "service_event_at", "R48", _l("When"), Display.MOMENT, attribute="happened_at"),
    _code(Category.PURCHASES, "product", "R49", _l("Product"), CodeList.PRODUCT),
    _field(
        Category.PURCHASES,
        "ordered_on",
        "R49",
        _l("Ordered on"),
        Display.DATE,
        check=Check.DATE,
    ),
    _field(
        Category.PURCHASES,
        "purchase_price",
        "R49",
        _l("Price"),
        Display.MONEY,
        attribute="price_cents",
    ),
    _field(
        Category.PERMISSIONS,
        "permission_type",
        "R50",
        _l("Type"),
        Display.CODE,
        attribute="type",
        code_list=CodeList.MARKETING_TYPE,
    ),
    _field(
        Category.PERMISSIONS,
        "permission_channel",
        "R50",
        _l("Channel"),
        Display.CODE,
        attribute="channel",
        code_list=CodeList.MARKETING_CHANNEL,
    ),
    _field(
        Category.PERMISSIONS,
        "permission_state",
        "R50",
        _l("State"),
        Display.CODE,
        attribute="state",
        code_list=CodeList.PERMISSION_STATE,
    ),
    _field(Category.OTHER, "other_subject", "R51", _l("Subject"), attribute="subject", check=Check.TEXT),
    _field(Category.OTHER, "other_value", "R51", _l("Content"), Display.LONG_TEXT, attribute="value", check=Check.TEXT),
    _field(Category.OTHER, "consent_reference", "R51", _l("Reference to your consent or authorisation")),
)

# What a non-disclosure order (turvakielto) hides: where somebody lives, municipality included (L40).
ADDRESS_FIELDS = frozenset({"street", "postal_code", "city", "billing_street", "billing_postal_code", "billing_city"})

BY_KEY: Mapping[str, FieldSpec] = {spec.key: spec for spec in FIELDS}
BY_CATEGORY: Mapping[Category, tuple[FieldSpec, ...]] = {
    category: tuple(spec for spec in FIELDS if spec.category is category) for category in Category
}
