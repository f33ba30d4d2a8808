"""Words of mandates, contacts, paper and protected addresses."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.register.care.kinds import (
    AddressPurpose,
    CareProblem,
    ContactChannel,
    ContactDirection,
    ContactTopic,
    Evidence,
    KeyHolder,
    MandateEnd,
    MandateKind,
    MandateScope,
    PaperKind,
    ProtectionReason,
)
from portal.register.labels import VIEW_PURPOSES
from portal.register.openings import ViewPurpose

MANDATE_KINDS: Mapping[StrEnum, LazyString] = {
    MandateKind.GUARDIAN: _l("guardian"),
    MandateKind.CONTINUING_POWER: _l("attorney under a continuing power of attorney"),
    MandateKind.AUTHORISATION: _l("authorised by the customer"),
    MandateKind.ESTATE: _l("representative of the estate of a deceased person"),
}
MANDATE_SCOPES: Mapping[StrEnum, LazyString] = {
    MandateScope.ALL: _l("all matters"),
    MandateScope.REQUESTS: _l("requests about personal data"),
    MandateScope.MARKETING: _l("forbidding direct marketing"),
}
EVIDENCE: Mapping[StrEnum, LazyString] = {
    Evidence.GUARDIANSHIP_EXTRACT: _l("extract from the register of guardianship affairs"),
    Evidence.CONFIRMED_POWER: _l("continuing power of attorney with its confirmation"),
    Evidence.SIGNED_AUTHORISATION: _l("signed authorisation"),
    Evidence.SUOMI_FI_MANDATE: _l("Suomi.fi mandate"),
    Evidence.ESTATE_INVENTORY: _l("estate inventory deed"),
    Evidence.COURT_DECISION: _l("decision of a court"),
    Evidence.OTHER_DOCUMENT: _l("other document"),
}
MANDATE_ENDS: Mapping[StrEnum, LazyString] = {
    MandateEnd.WITHDRAWN: _l("the customer withdrew it"),
    MandateEnd.RESIGNED: _l("the representative gave it up"),
    MandateEnd.DECISION: _l("ended by a decision of an authority or a court"),
    MandateEnd.DEATH: _l("the customer or the representative has died"),
    MandateEnd.MISTAKE: _l("recorded by mistake"),
}
CHANNELS: Mapping[StrEnum, LazyString] = {
    ContactChannel.PHONE: _l("phone"),
    ContactChannel.EMAIL: _l("e-mail"),
    ContactChannel.VISIT: _l("visit in person"),
    ContactChannel.LETTER: _l("letter"),
    ContactChannel.PORTAL: _l("this service"),
}
DIRECTIONS: Mapping[StrEnum, LazyString] = {
    ContactDirection.INCOMING: _l("from the customer"),
    ContactDirection.OUTGOING: _l("to the customer"),
}
# the same as the customer reads it
DIRECTIONS_OWN: Mapping[StrEnum, LazyString] = {
    ContactDirection.INCOMING: _l("from you"),
    ContactDirection.OUTGOING: _l("from us"),
}
TOPICS: Mapping[StrEnum, LazyString] = {
    ContactTopic.INVOICE: _l("invoice"),
    ContactTopic.CONTRACT: _l("contract"),
    ContactTopic.MOVING: _l("moving"),
    ContactTopic.FAULT: _l("fault or power cut"),
    ContactTopic.CONNECTION: _l("connection"),
    ContactTopic.CONSUMPTION: _l("consumption and metering"),
    ContactTopic.PERSONAL_DATA: _l("personal data"),
    ContactTopic.MARKETING: _l("marketing"),
    ContactTopic.COMPLAINT: _l("complaint"),
    ContactTopic.OTHER: _l("other matter"),
}
PAPERS: Mapping[StrEnum, LazyString] = {
    PaperKind.CONTRACT: _l("contract on paper"),
    PaperKind.CONNECTION_PAPERS: _l("connection drawings and forms"),
    PaperKind.LETTER: _l("letter from the customer"),
    PaperKind.DATA_REQUEST: _l("request about personal data on paper"),
    PaperKind.MARKETING_PERMISSION: _l("marketing permission or opt-out on paper"),
    PaperKind.INVOICE_PAPERS: _l("papers about invoices"),
    PaperKind.OTHER: _l("other paper"),
}
KEY_HOLDERS: Mapping[StrEnum, LazyString] = {
    KeyHolder.CUSTOMER_SERVICE: _l("Customer service"),
    KeyHolder.REGISTER_MATTERS: _l("Register matters"),
    KeyHolder.NETWORK: _l("Network operations"),
    KeyHolder.PROPERTY: _l("Property services"),
}
ADDRESS_PURPOSES: Mapping[StrEnum, LazyString] = {
    AddressPurpose.FIELD_WORK: _l("Work at the metering point"),
    AddressPurpose.FAULT: _l("Fault or power cut at the metering point"),
    AddressPurpose.CHECKING: _l("Checking the address with the customer"),
    AddressPurpose.HANDING_ON: _l("Disclosure that the law requires"),
}
# the same as the customer reads it among the views of their data
ADDRESS_VIEWINGS: Mapping[StrEnum, LazyString] = {
    AddressPurpose.FIELD_WORK: _l("Protected address shown: work at the metering point"),
    AddressPurpose.FAULT: _l("Protected address shown: fault or power cut at the metering point"),
    AddressPurpose.CHECKING: _l("Protected address shown: checking the address with you"),
    AddressPurpose.HANDING_ON: _l("Protected address shown: disclosure that the law requires"),
}
PROTECTION_REASONS: Mapping[StrEnum, LazyString] = {
    ProtectionReason.CUSTOMER_TOLD: _l("The customer told of a non-disclosure order"),
    ProtectionReason.ORDER_SHOWN: _l("The decision on the order was shown"),
    ProtectionReason.POPULATION_DATA: _l("Told by the Digital and Population Data Services Agency"),
    ProtectionReason.ORDER_ENDED: _l("The order has ended"),
    ProtectionReason.MISTAKE: _l("The mark was set by mistake"),
}
CARE_PROBLEMS: Mapping[StrEnum, LazyString] = {
    CareProblem.FUTURE: _l("The date has not come yet."),
    CareProblem.BEFORE_BEGINNING: _l("The date is before the beginning."),
    CareProblem.ENDS_BEFORE_IT_BEGINS: _l("The last day is before the first."),
    CareProblem.NOBODY_NAMED: _l("Write the name of the representative, or their customer number."),
    CareProblem.UNKNOWN_CUSTOMER: _l("There is no customer with this number."),
    CareProblem.THEMSELVES: _l("This is the customer’s own number. Write the number of the representative."),
    CareProblem.CASE_UNKNOWN: _l("The customer has no request with this number."),
    CareProblem.IDENTITY_CODE: _l("Leave the personal identity code out. It does not belong here."),
    CareProblem.ALREADY_CORRECTED: _l("This entry has been corrected already. Correct the newer entry instead."),
}


def view_purpose(purpose: str | None, *, addresses: Mapping[StrEnum, LazyString] = ADDRESS_PURPOSES) -> str:
    """Why somebody looked; what has no words of its own was the handling of a request."""
    named = {str(code): words for code, words in {**VIEW_PURPOSES, **addresses}.items()}
    return str(named.get(purpose or "", VIEW_PURPOSES[ViewPurpose.CASE]))
