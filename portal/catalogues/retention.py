"""How long data is kept. The description gives no periods (R132): each rule says whose it is."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class RetentionRule(StrEnum):
    CUSTOMER_RELATIONSHIP = "customer-relationship"
    METERING = "metering"
    ACCOUNTING = "accounting"
    CONTACTS = "contacts"
    RECORDINGS = "recordings"
    PERMISSION = "permission"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Retention:
    """`years` after the event or the end of the contract, None while something lasts.

    `law` is None where the period is our proposal.
    """

    label: LazyString
    years: int | None
    from_year_end: bool = False
    law: LazyString | None = None

    def kept_until(self, event: date) -> date | None:
        """The last day on which data of that event is kept; None where no day can be named yet."""
        if self.years is None:
            return None
        if self.from_year_end:
            return date(event.year + self.years, 12, 31)
        try:
            return event.replace(year=event.year + self.years)
        except ValueError:  # 29 February
            return event.replace(year=event.year + self.years, month=2, day=28)


RULES = {
    RetentionRule.CUSTOMER_RELATIONSHIP: Retention(
        _l("Six years from the end of the contract"), 6, law=_l("Electricity Market Act, section 75 c")
    ),
    RetentionRule.METERING: Retention(
        _l("Six years from the measurement"), 6, law=_l("Electricity Market Act, section 75 c")
    ),
    RetentionRule.ACCOUNTING: Retention(
        _l("Six years from the end of the year in which the financial year ended"),
        6,
        from_year_end=True,
        law=_l("Accounting Act, chapter 2, section 10"),
    ),
    RetentionRule.CONTACTS: Retention(_l("Three years (our proposal; the controller sets the period)"), 3),
    RetentionRule.RECORDINGS: Retention(_l("Two years (our proposal; the controller sets the period)"), 2),
    RetentionRule.PERMISSION: Retention(_l("As long as the permission or prohibition is in force"), None),
    RetentionRule.ACCOUNT: Retention(_l("Until the account is closed"), None),
}
