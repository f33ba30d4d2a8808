"""Recipients, disclosures and what may be wrong with them in words."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues import disclosure_laws, legal_bases, recipients, transfers
from portal.catalogues.fields import CATEGORIES
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.disclosures.holders import HolderProblem
from portal.disclosures.rules import DisclosureProblem, FieldNames, receivable
from portal.register.models import Disclosure, RecipientHolder
from portal.web.formatting import EMPTY
from portal.web.locale import babel_locale, current_language

ROLES = recipients.ROLES
LAWS = disclosure_laws.LABELS
TRANSFER_GROUNDS = transfers.LABELS
# A recipient's own ground; what a law obliges us to give to an authority is told with each disclosure.
BASES = {basis: label for basis, label in legal_bases.LABELS.items() if basis is not LegalBasis.CONSENT}

HOLDER_PROBLEMS: Mapping[StrEnum, LazyString] = {
    HolderProblem.NAME_MISSING: _l("Write the name."),
    HolderProblem.ENDS_BEFORE_IT_BEGINS: _l("The last day is before the first."),
    HolderProblem.ROLE_TAKEN: _l("%(name)s serves in this role at that time. Only one can: set its last day first."),
    HolderProblem.SAME_NAME_TWICE: _l("This recipient is on the list already for a part of that time."),
    HolderProblem.NO_CATEGORY: _l("Choose at least one category of data."),
    HolderProblem.CATEGORY_NOT_FOR_ROLE: _l("The privacy notice does not let this role receive that category."),
    HolderProblem.BASIS_NOT_FOR_AUTHORITY: _l("Authorities receive data only where the law obliges us to give it."),
    HolderProblem.TRANSFER_GROUND_MISSING: _l(
        "The country is outside the EU and the EEA. Choose the ground of the transfer."
    ),
    HolderProblem.SAFEGUARDS_MISSING: _l("Tell how the data is protected there, and where one can see it."),
    HolderProblem.ALREADY_USED: _l(
        "Data has been given to this recipient, so it stays as it is. You can set its last day."
    ),
    HolderProblem.ENDS_BEFORE_LAST_USE: _l("Data was given to this recipient after that day."),
}

DISCLOSURE_PROBLEMS: Mapping[StrEnum, LazyString] = {
    DisclosureProblem.NO_FIELDS: _l("Choose what was given."),
    DisclosureProblem.UNKNOWN_FIELD: _l("The register has no such field: %(fields)s."),
    DisclosureProblem.NOT_FOR_RECIPIENT: _l("This recipient may not receive: %(fields)s."),
    DisclosureProblem.CREDIT_FIELDS_ONLY: _l(
        "A credit information company receives the personal identity code and the name, both and nothing else."
    ),
    DisclosureProblem.NATURAL_PERSONS_ONLY: _l(
        "Only data of natural persons is given to a credit information company."
    ),
    DisclosureProblem.NO_OWN_LIABILITIES: _l(
        "The customer has no own liabilities, so the payment defaults are not followed and nothing may be given."
    ),
    DisclosureProblem.LAW_MISSING: _l("Choose the law that obliges us to give the data, or write it."),
    DisclosureProblem.LAW_NOT_NAMED: _l("Name the law with its number, for example 872/2011."),
    DisclosureProblem.GROUND_IS_FIXED: _l("This recipient receives data on the ground on the list of recipients only."),
    DisclosureProblem.TOO_LONG: _l("Write at most %(longest)s characters."),
    DisclosureProblem.NOT_IN_FORCE: _l("Nobody by this name serves in this role on that day."),
    DisclosureProblem.NAME_NEEDED: _l("Several serve in this role: tell which one by its name."),
    DisclosureProblem.FUTURE: _l("The moment has not come yet."),
    DisclosureProblem.CONTESTED: _l(
        "The customer has asked for a correction, and until it is decided these may not be given: %(fields)s."
    ),
    DisclosureProblem.RESTRICTED: _l("The processing of this customer’s data is restricted, so nothing may be given."),
    DisclosureProblem.PROTECTED_ADDRESS: _l(
        "The address is protected by a non-disclosure order and may not be given: %(fields)s."
    ),
    DisclosureProblem.NOT_HELD: _l("The register does not hold this of the customer: %(fields)s."),
}


def legal_ground(stored: str) -> str:
    """The words of a disclosure's ground; one that names a law itself is shown as it is."""
    known = {str(code): label for code, label in (*legal_bases.LABELS.items(), *LAWS.items())}
    return str(known.get(stored, stored))


def name_of(row: Disclosure | RecipientHolder) -> str:
    """In the language of the page where the recipient has a name of its own in it."""
    return row.name_in(current_language())


def fields_named(keys: Sequence[str]) -> str:
    """The fields of a disclosure; one that has left the catalogue keeps its key."""
    return str(FieldNames(tuple(keys)))


def receives(holder: RecipientHolder) -> str:
    """What it may receive: whole categories, or the fields where they are not the whole."""
    keys = receivable(holder.recipient, holder.categories)
    if holder.recipient is Recipient.CREDIT_INFORMATION:
        return fields_named(keys)
    return ", ".join(str(CATEGORIES[category].label) for category in CATEGORIES if category in holder.categories)


def country(code: str) -> str:
    return transfers.country_name(code, babel_locale())


def transfer(holder: RecipientHolder | None) -> str:
    """Where outside the EU and the EEA the data went and on what ground; a dash where it did not."""
    if holder is None or not holder.is_outside_eea or holder.transfer_ground is None:
        return EMPTY
    return _(
        "%(country)s: %(ground)s. %(safeguards)s",
        country=country(holder.country),
        ground=TRANSFER_GROUNDS[holder.transfer_ground],
        safeguards=holder.safeguards or "",
    ).strip()
