"""Who serves as a recipient in the demo: those whom the description names, authorities, and partners that change."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from portal.catalogues.fields import Category
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.demo.consumption import month_start
from portal.disclosures.holders import possible_categories
from portal.disclosures.rules import Receiving

BEGINNING = date(2018, 5, 25)
DATAHUB_BEGAN = date(2022, 2, 21)
# In months from today: when one partner followed another, and when another collector will follow
PARTNER_CHANGED, COLLECTOR_CHANGES = -5, 3
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holder:
    """One row of the list of recipients, all in Finland; ids follow the order of the list."""

    recipient: Recipient
    name: str
    legal_basis: LegalBasis
    from_on: date
    until_on: date | None = None
    english: str | None = None
    only: frozenset[Category] | None = None  # None means: all that the role may receive
    id: int = 0

    def serves(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)

    @property
    def categories(self) -> list[Category]:
        return [key for key in possible_categories(self.recipient) if self.only is None or key in self.only]

    @property
    def receiving(self) -> Receiving:
        return Receiving(
            recipient=self.recipient,
            categories=frozenset(self.categories),
            legal_basis=self.legal_basis,
            from_on=self.from_on,
            until_on=self.until_on,
        )


@cache
def holders(today: date) -> tuple[Holder, ...]:
    """Who served, serves and will serve, seen from that day."""
    interests, law = LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.LEGAL_OBLIGATION
    partner, collector = month_start(today, PARTNER_CHANGED), month_start(today, COLLECTOR_CHANGES)
    contract, on_site = LegalBasis.CONTRACT, frozenset({Category.CUSTOMER, Category.SITE})
    of_money = frozenset({Category.CUSTOMER, Category.PAYMENTS})
    told = (
        Holder(Recipient.CREDIT_INFORMATION, "Suomen Asiakastieto Oy", interests, BEGINNING),
        Holder(Recipient.INVOICING_AND_COLLECTION, "Lindorff Oy", interests, BEGINNING, collector - ONE_DAY),
        Holder(Recipient.INVOICING_AND_COLLECTION, "Saatavapolku Oy", interests, collector),
        Holder(Recipient.DATAHUB, "Fingrid Datahub Oy", law, DATAHUB_BEGAN),
        Holder(
            Recipient.AUTHORISED_PARTNER,
            "Mittarihuolto Suokanto Oy",
            contract,
            BEGINNING,
            partner - ONE_DAY,
            only=on_site,
        ),
        Holder(Recipient.AUTHORISED_PARTNER, "Verkkotyö Kallioniitty Oy", contract, partner, only=on_site),
        Holder(
            Recipient.AUTHORITY,
            "Kaakkois-Suomen poliisilaitos",
            law,
            BEGINNING,
            english="Southeastern Finland Police Department",
            only=on_site,
        ),
        Holder(Recipient.AUTHORITY, "Ulosottolaitos", law, BEGINNING, english="National Enforcement Authority"),
        Holder(Recipient.AUTHORITY, "Verohallinto", law, BEGINNING, english="Tax Administration", only=of_money),
        Holder(Recipient.AUTHORITY, "Energiavirasto", law, BEGINNING, english="Energy Authority", only=on_site),
    )
    return tuple(replace(holder, id=place) for place, holder in enumerate(told, start=1))


@cache
def serving(recipient: Recipient, day: date, *, today: date) -> Holder:
    """Who serves in a role of one at a time on that day."""
    return next(holder for holder in holders(today) if holder.recipient is recipient and holder.serves(day))


def named(name: str, *, today: date) -> Holder:
    return next(holder for holder in holders(today) if holder.name == name)


def rows(today: date) -> list[dict[str, Any]]:
    return [
        {
            "id": holder.id,
            "recipient": holder.recipient,
            "name": holder.name,
            "other_names": {"en": holder.english} if holder.english else {},
            "country": "FI",
            "legal_basis": holder.legal_basis,
            "category_keys": " ".join(holder.categories),
            "from_on": holder.from_on,
            "until_on": holder.until_on,
            "version": 1,
        }
        for holder in holders(today)
    ]
