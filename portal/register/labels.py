"""Values and problems of the register in words."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues import code_lists, recipients
from portal.catalogues.fields import Display, FieldSpec
from portal.catalogues.recipients import Recipient
from portal.catalogues.sources import LABELS_FOR_STAFF
from portal.core.crypto import DAMAGED
from portal.permissions.labels import DESK_REASONS
from portal.permissions.models import State
from portal.permissions.rules import Reason
from portal.permissions.services import Line
from portal.register.conflicts import ConflictChoice
from portal.register.importing.faults import Fault, ImportProblem, ImportWarning
from portal.register.openings import Part, ViewPurpose
from portal.register.recipients import InForce
from portal.register.searching import Found
from portal.register.validators import SPACES, ValueProblem
from portal.register.values import Value, as_text, masked_text
from portal.web import formatting
from portal.web.locale import current_language
from portal.web.templates import CANNOT_BE_READ

VALUE_PROBLEMS: Mapping[StrEnum, LazyString] = {
    ValueProblem.EMPTY: _l("Write a value."),
    ValueProblem.TOO_LONG: _l("Write at most %(longest)s characters."),
    ValueProblem.IDENTITY_CODE: _l("Check the personal identity code: it has 11 characters, like 280285-901N."),
    ValueProblem.IDENTITY_CODE_RANGE: _l(
        "This personal identity code cannot be used here: a demo takes only invented codes, a real register real ones."
    ),
    ValueProblem.BUSINESS_ID: _l("Check the business ID: it has seven digits, a hyphen and a check digit."),
    ValueProblem.CUSTOMER_NUMBER: _l("Check the customer number: it has eight digits."),
    ValueProblem.GSRN: _l("Check the metering point ID: it has 18 digits."),
    ValueProblem.IBAN: _l("Check the account number: give it in IBAN form, beginning with FI."),
    ValueProblem.REFERENCE: _l("Check the reference number."),
    ValueProblem.PHONE: _l("Check the phone number. A foreign number begins with + and the country code."),
    ValueProblem.EMAIL: _l("Check the e-mail address: it is like name@example.com."),
    ValueProblem.POSTAL_CODE: _l("Check the postal code: it has five digits."),
    ValueProblem.MAIN_FUSE: _l("Check the main fuse size: it is like 3x25 A."),
    ValueProblem.WHOLE_NUMBER: _l("Write a whole number."),
    ValueProblem.DATE: _l("Write a date, like 24.11.2026."),
    ValueProblem.CODE: _l("Choose one of the values on the list."),
    ValueProblem.TAKEN: _l("Another customer has this value already."),
    ValueProblem.OTHER_KIND: _l(
        "A natural person has a personal identity code and a legal person a business ID, not the other way round."
    ),
    ValueProblem.UNCHANGED: _l("This field is not corrected by itself. Tell us in your own words what is wrong."),
}

# For whoever mends the file of another system; never with the value itself.
IMPORT_PROBLEMS: Mapping[StrEnum, LazyString] = {
    ImportProblem.ENCODING: _l("The line is not UTF-8."),
    ImportProblem.LINE_TOO_LONG: _l("The line is longer than %(longest)s bytes."),
    ImportProblem.CHARACTER: _l("There is a control character that does not belong to text."),
    ImportProblem.JSON: _l("The line is not one JSON object."),
    ImportProblem.CSV: _l("The line is not proper CSV: a quotation mark is missing or in the wrong place."),
    ImportProblem.COLUMNS: _l("The line does not have %(wanted)s columns as the header does."),
    ImportProblem.UNKNOWN_KEY: _l("The register has no such field."),
    ImportProblem.REPEATED_KEY: _l("The same key is twice in one object."),
    ImportProblem.MISSING: _l("The value is missing."),
    ImportProblem.TYPE: _l(
        "The value is of the wrong kind: text stands in quotation marks, a list in brackets, a record in braces."
    ),
    ImportProblem.YES_NO: _l("The value is neither true nor false (in CSV: yes or no)."),
    ImportProblem.MONTH: _l("The value is not a month like 2026-11."),
    ImportProblem.MOMENT: _l("The value is not a moment with its time zone, like 2026-11-24T08:00:00Z."),
    ImportProblem.MONEY: _l("The value is not a whole number of cents in euros."),
    ImportProblem.SCORE: _l("The score is not from 1 to 5."),
    ImportProblem.FUTURE: _l("The date has not come yet."),
    ImportProblem.DUPLICATE: _l("The same thing has been told already: one line a customer, one record a thing."),
    ImportProblem.ERASED: _l(
        "This customer was erased from this register, and the line tells of no contract made since. Erase the customer "
        "in the other system too."
    ),
    ImportProblem.KIND_CHANGED: _l(
        "The customer is of the other kind in the register, and the kind of a customer does not change."
    ),
    ImportProblem.UNKNOWN_SITE: _l("The customer has no such metering point."),
    ImportProblem.REFUSED: _l("The database refused the customer. Nothing of the line was written."),
    ValueProblem.EMPTY: _l("The value is missing."),
    ValueProblem.TOO_LONG: _l("The value is longer than %(longest)s characters."),
    ValueProblem.IDENTITY_CODE: _l("The personal identity code is not valid: date, sign or check character is wrong."),
    ValueProblem.IDENTITY_CODE_RANGE: _l(
        "This personal identity code cannot be used here: a demo takes only invented codes, a real register real ones."
    ),
    ValueProblem.BUSINESS_ID: _l("The business ID is not valid: form or check digit is wrong."),
    ValueProblem.CUSTOMER_NUMBER: _l("The customer number is not valid: eight digits, the last a check digit."),
    ValueProblem.GSRN: _l("The metering point ID is not valid: 18 digits, the last a check digit."),
    ValueProblem.IBAN: _l("The account number is not valid: form or check digits are wrong."),
    ValueProblem.REFERENCE: _l("The reference number is not valid: its check digit is wrong."),
    ValueProblem.PHONE: _l("The phone number is not valid. A foreign number begins with + and the country code."),
    ValueProblem.EMAIL: _l("The e-mail address is not valid."),
    ValueProblem.POSTAL_CODE: _l("The postal code is not five digits."),
    ValueProblem.MAIN_FUSE: _l("The main fuse size is not one of those in use, like 3x25 A."),
    ValueProblem.WHOLE_NUMBER: _l("The value is not a whole number from 0 up."),
    ValueProblem.DATE: _l("The value is not a date like 2026-11-24."),
    ValueProblem.CODE: _l("The value is not on the code list of the field."),
    ValueProblem.TAKEN: _l("Another customer has this value already."),
    ValueProblem.OTHER_KIND: _l(
        "A natural person has a personal identity code and a legal person a business ID, not the other way round."
    ),
    ValueProblem.UNCHANGED: _l("This field cannot be imported."),
}

# Taken all the same.
IMPORT_WARNINGS: Mapping[StrEnum, LazyString] = {
    ImportWarning.POST_OFFICE: _l("The post office is not that of the postal code."),
}

VIEW_PURPOSES: Mapping[StrEnum, LazyString] = {
    ViewPurpose.CASE: _l("Handling a request"),
    ViewPurpose.INVOICE: _l("Invoice"),
    ViewPurpose.FAULT: _l("Fault or power cut"),
    ViewPurpose.CONTRACT: _l("Contract"),
    ViewPurpose.CONTACT: _l("Customer’s contact"),
    ViewPurpose.OTHER: _l("Other reason"),
    ViewPurpose.COMPARISON: _l("Comparing values that differ"),
}

PARTS_SEEN: Mapping[StrEnum, LazyString] = {
    Part.EVERYTHING: _l("All your data"),
    Part.PERMISSIONS: _l("Your marketing permissions"),
    Part.DISCLOSURES: _l("To whom your data was given"),
    Part.NAME: _l("Your name, when your request was recorded"),
    Part.ADDRESS: _l("Your name and address, for a letter with an activation code"),
    Part.PROTECTED_ADDRESS: _l("Your protected address"),
    Part.REQUEST: _l("Your request and the data it is about"),
    Part.DIFFERING_VALUE: _l("One detail whose values differ"),
}

FOUND_BY: Mapping[StrEnum, LazyString] = {
    Found.NUMBER: _l("customer number"),
    Found.GSRN: _l("metering point ID"),
    Found.IDENTITY_CODE: _l("personal identity code"),
    Found.BUSINESS_ID: _l("business ID"),
    Found.PHONE: _l("phone"),
    Found.EMAIL: _l("e-mail"),
    Found.NAME: _l("name"),
}

CONFLICTS_ENDED: Mapping[ConflictChoice, LazyString] = {
    ConflictChoice.KEEP: _l("The customer’s own value was kept."),
    ConflictChoice.TAKE: _l("The value of the customer information system was taken, and told in the changes feed."),
}


def field_display(spec: FieldSpec, value: Value) -> str:
    """A value as the page's language writes it; identity code and account number are masked."""
    if value is None or value == "":
        return formatting.EMPTY
    if value == DAMAGED:
        return str(CANNOT_BE_READ)
    if spec.is_masked:
        return masked_text(spec, value)
    match spec.display, value:
        case ((Display.CODE | Display.YES_NO), _) if spec.code_list:
            return str(code_lists.label(spec.code_list, as_text(value)))
        case Display.MOMENT, datetime():
            return formatting.moment(value)
        case Display.MONTH, date():
            return formatting.month(value)
        case Display.DATE, date():
            return formatting.written_date(value)
        case Display.MONEY, int():
            return formatting.money(value)
        case Display.KWH, int():
            return formatting.kwh(value)
        case Display.NUMBER, int():
            return formatting.number(value)
        case Display.SECONDS, int():
            return str(_("%(minutes)d min %(seconds)d s", minutes=value // 60, seconds=value % 60))
        case Display.PHONE, str():
            return formatting.phone(value)
        case Display.REFERENCE, str():
            return formatting.grouped_reference(value)
        case Display.FUSE, str():
            return value.replace("x", " × ").replace(" ", formatting.NBSP)
        case _:
            return as_text(value)


def text_display(spec: FieldSpec, text: str) -> str:
    """The same for a value kept as text, as corrections keep it; a text that fits no value is shown as it is."""
    value: Value = text
    try:
        match spec.display:
            case Display.DATE | Display.MONTH:
                value = date.fromisoformat(text)
            case Display.MOMENT:
                value = datetime.fromisoformat(text)
            case Display.KWH | Display.NUMBER:
                value = int(SPACES.sub("", text))  # a person may have written the space between thousands
            case Display.MONEY | Display.SECONDS:
                value = int(text)
    except ValueError:
        return text
    return field_display(spec, value)


def recipients_named(serving: InForce, language: str | None = None) -> dict[Recipient, str]:
    """Each role with the names of those who serve in it; where the controller has told none, what the notice says.

    Names are in the page's language unless another one is told.
    """
    language = language or current_language()
    return {
        recipient: _(
            "%(role)s: %(names)s", role=role, names=", ".join(one.name_in(language) for one in serving[recipient])
        )
        if serving.get(recipient)
        else str(recipients.LABELS[recipient])
        for recipient, role in recipients.ROLES.items()
    }


def contact_answers(line: Line) -> list[str]:
    """Why the person may be contacted so, or everything that stands in the way, as a clerk may tell it."""
    source = str(LABELS_FOR_STAFF[line.source]) if line.source else ""
    values = {"day": formatting.written_date(line.since), "source": source}
    reasons = list(line.assessment.reasons)
    if line.state is State.PERMISSION and not line.is_allowed:
        reasons.append(Reason.PERMISSION)  # what was given is told although it does not help
    return [str(DESK_REASONS[reason]) % values for reason in reasons]


def import_problem(fault: Fault) -> str:
    """What is wrong with a line of an import, or worth a look."""
    return str({**IMPORT_PROBLEMS, **IMPORT_WARNINGS}[fault.code]) % fault.values
