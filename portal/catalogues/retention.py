"""How long data is kept. The description gives no periods (R132): each rule says whose it is.

A day-based period ends with its last day: what is kept until 31.12.2032 is deleted from 1.1.2033 on. The pages tell
that last day and `portal purge` deletes by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.core.clock import HELSINKI, local_date

# The calendar year until the controller says otherwise: month and day
FINANCIAL_YEAR_ENDS = (12, 31)
ONE_DAY = timedelta(days=1)


class RetentionRule(StrEnum):
    # of the register, by category of my data
    CUSTOMER_RELATIONSHIP = "customer-relationship"
    METERING = "metering"
    ACCOUNTING = "accounting"
    CONTACTS = "contacts"
    RECORDINGS = "recordings"
    PERMISSION = "permission"
    ACCOUNT = "account"
    # of everything else that is stored
    POTENTIAL_CUSTOMERS = "potential-customers"
    DISCLOSURES = "disclosures"
    MANDATES = "mandates"
    PAPER = "paper"
    CHANGES = "changes"
    OPENINGS = "openings"
    REQUESTS = "requests"
    MESSAGES = "messages"
    COOKIE_CHOICES = "cookie-choices"
    AUDIT = "audit"
    STAFF_ACCOUNTS = "staff-accounts"
    STAFF_CHANGES = "staff-changes"
    SESSIONS = "sessions"
    LINKS = "links"
    WAITING = "waiting"
    TRIES = "tries"
    SUPPRESSION = "suppression"
    ERASURES = "erasures"
    CHAINS = "chains"
    FIGURES = "figures"


class Count(StrEnum):
    """From which day of the event the years are counted."""

    DAY = "day"
    MONTH_END = "month-end"
    FINANCIAL_YEAR = "financial-year"  # from the end of the year in which it ended


class Basis(StrEnum):
    """Who says so."""

    LAW = "law"
    DESCRIPTION = "description"  # the register description itself
    PROPOSAL = "proposal"  # ours: the controller must set it


@dataclass(frozen=True, kw_only=True)
class Retention:
    """`years` or a `span` after the event; neither while something lasts, or where it concerns nobody.

    `law` names the sections, None where no law sets the period.
    """

    what: LazyString
    label: LazyString
    years: int | None = None
    span: timedelta | None = None
    count: Count = Count.DAY
    law: LazyString | None = None
    basis: Basis = Basis.PROPOSAL

    def kept_until(self, event: date) -> date | None:
        """The last day on which data of that event is kept; None where no day can be named yet."""
        if self.years is None:
            return None
        return _years_later(_counted_from(event, self.count), self.years)

    def last_due(self, today: date) -> date:
        """The newest day whose events are to be deleted today: SQL compares with it.

        `kept_until` never falls as days go on, so that a search finds the last one it has passed.
        """
        if self.years is None:
            raise ValueError("a rule without a period has nothing due")
        low, high = 0, today.toordinal()  # day 0 is before all days
        while low < high:
            middle = (low + high + 1) // 2
            kept_until = self.kept_until(date.fromordinal(middle))
            if kept_until is not None and kept_until < today:
                low = middle
            else:
                high = middle - 1
        return date.fromordinal(max(low, 1))

    def due_before(self, now: datetime) -> datetime:
        """The moment before which events are to be deleted now."""
        if self.span is not None:
            return now - self.span
        return datetime.combine(self.last_due(local_date(now)) + ONE_DAY, time(), HELSINKI)


def _counted_from(event: date, count: Count) -> date:
    match count:
        case Count.DAY:
            return event
        case Count.MONTH_END:
            return (event.replace(day=1) + timedelta(days=32)).replace(day=1) - ONE_DAY
        case Count.FINANCIAL_YEAR:
            return date(financial_year_end(event).year, 12, 31)


def financial_year_end(event: date, ends: tuple[int, int] = FINANCIAL_YEAR_ENDS) -> date:
    """The last day of the financial year that the event belongs to."""
    month, day = ends
    this_year = date(event.year, month, day)
    return this_year if event <= this_year else date(event.year + 1, month, day)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, month=2, day=28)


_ELECTRICITY = _l("Electricity Market Act, section 75 c")
_ACCOUNTING = _l("Accounting Act, chapter 2, section 10")

# What my data and the privacy notice tell by category
OF_THE_REGISTER: Mapping[RetentionRule, Retention] = {
    RetentionRule.CUSTOMER_RELATIONSHIP: Retention(
        what=_l("Customer details, metering points and billing"),
        label=_l("Six years from the end of the contract"),
        years=6,
        law=_ELECTRICITY,
        basis=Basis.LAW,
    ),
    RetentionRule.METERING: Retention(
        what=_l("Electricity consumption"),
        label=_l("Six years from the measurement"),
        years=6,
        count=Count.MONTH_END,
        law=_ELECTRICITY,
        basis=Basis.LAW,
    ),
    RetentionRule.ACCOUNTING: Retention(
        what=_l("Invoices, payments and purchases"),
        label=_l("Six years from the end of the year in which the financial year ended"),
        years=6,
        count=Count.FINANCIAL_YEAR,
        law=_ACCOUNTING,
        basis=Basis.LAW,
    ),
    RetentionRule.CONTACTS: Retention(
        what=_l("Feedback, contacts, customer satisfaction, use of services and other data given with consent"),
        label=_l("Three years (our proposal; the controller sets the period)"),
        years=3,
    ),
    RetentionRule.RECORDINGS: Retention(
        what=_l("Recorded calls"),
        label=_l("Two years (our proposal; the controller sets the period)"),
        years=2,
    ),
    RetentionRule.PERMISSION: Retention(
        what=_l("Marketing permissions and prohibitions, with their history"),
        label=_l("As long as the permission or prohibition is in force"),
    ),
    RetentionRule.ACCOUNT: Retention(
        what=_l("Account in this service"),
        label=_l("Until the account is closed"),
    ),
}

# What else the portal keeps of them
OF_THE_REST: Mapping[RetentionRule, Retention] = {
    RetentionRule.POTENTIAL_CUSTOMERS: Retention(
        what=_l("Potential customers, with everything about them"),
        label=_l("Until the last marketing or contact permission is withdrawn"),
        law=_l("Register description, section 6"),
        basis=Basis.DESCRIPTION,
    ),
    RetentionRule.DISCLOSURES: Retention(
        what=_l("To whom data was disclosed"),
        label=_l("Six years from the disclosure"),
        years=6,
    ),
    RetentionRule.MANDATES: Retention(
        what=_l("Mandates of those who may speak for a customer"),
        label=_l("Three years from the end of the mandate"),
        years=3,
    ),
    RetentionRule.PAPER: Retention(
        what=_l("Where paper about a customer lies, and when it was destroyed"),
        label=_l("Three years from the destruction of the paper"),
        years=3,
    ),
    RetentionRule.CHANGES: Retention(
        what=_l("Corrections on their way to the customer information system"),
        label=_l("Two years from the correction"),
        years=2,
    ),
    RetentionRule.OPENINGS: Retention(
        what=_l("Which customer a member of staff has open"),
        label=_l("Twelve hours"),
        span=timedelta(hours=12),
    ),
    RetentionRule.REQUESTS: Retention(
        what=_l("Requests with their messages, notes, evidence and letters"),
        label=_l("Three years from the end of the request"),
        years=3,
    ),
    RetentionRule.MESSAGES: Retention(
        what=_l("Addresses and subjects of mails that were sent"),
        label=_l("90 days from sending"),
        span=timedelta(days=90),
    ),
    RetentionRule.COOKIE_CHOICES: Retention(
        what=_l("What leads from a cookie choice to a browser or a person"),
        label=_l("Three years from the day the choice ended"),
        years=3,
    ),
    RetentionRule.AUDIT: Retention(
        what=_l("What leads from an event of the audit trail to a person"),
        label=_l("Six years from the event"),
        years=6,
    ),
    RetentionRule.SESSIONS: Retention(
        what=_l("Sessions and remembered devices"),
        label=_l("30 days from their end"),
        span=timedelta(days=30),
    ),
    RetentionRule.LINKS: Retention(
        what=_l("Links and codes for passwords, activation and a change of e-mail address"),
        label=_l("A day at most from their end"),
        span=timedelta(),
    ),
    RetentionRule.WAITING: Retention(
        what=_l("What was typed and waits for its person or for the worker"),
        label=_l("A day at most"),
        span=timedelta(),
    ),
    RetentionRule.TRIES: Retention(
        what=_l("Counts of sign-in attempts and activation mails, by keyed hash"),
        label=_l("A day at most"),
        span=timedelta(),
    ),
    RetentionRule.SUPPRESSION: Retention(
        what=_l("Keyed hashes of contact points that may not be used for marketing"),
        label=_l("Until the person lifts the prohibition"),
        law=_l("Act on Electronic Communications Services, sections 200 and 202"),
        basis=Basis.LAW,
    ),
    RetentionRule.ERASURES: Retention(
        what=_l("Keyed hashes of erased customer numbers"),
        label=_l("As long as a backup or another system could bring the person back"),
        law=_l("GDPR, Article 5(2)"),
        basis=Basis.LAW,
    ),
    RetentionRule.CHAINS: Retention(
        what=_l("The chains of the audit trail and the cookie choices, and the wordings shown"),
        label=_l("Always: they lead to nobody once their details are gone"),
        law=_l("GDPR, Articles 5(2) and 7(1)"),
        basis=Basis.LAW,
    ),
    RetentionRule.FIGURES: Retention(
        what=_l("Published figures and counts of use"),
        label=_l("Always: there is nobody in them"),
    ),
}

OF_STAFF: Mapping[RetentionRule, Retention] = {
    RetentionRule.STAFF_ACCOUNTS: Retention(
        what=_l("Staff accounts"),
        label=_l("No period yet: the controller must set it"),
    ),
    RetentionRule.STAFF_CHANGES: Retention(
        what=_l("Proposed and decided changes of staff accounts"),
        label=_l("Two years from the decision"),
        years=2,
    ),
}

RULES: Mapping[RetentionRule, Retention] = {**OF_THE_REGISTER, **OF_THE_REST, **OF_STAFF}
