"""Who serves as a recipient in the demo: those whom the description names, authorities, and partners that change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

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

    id: int
    recipient: Recipient
    name: str
    legal_basis: LegalBasis
    from_on: date
    until_on: date | None = None
    other_names: Mapping[str, str] = field(default_factory=dict)

    def serves(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)

    @property
    def receiving(self) -> Receiving:
        return Receiving(
            recipient=self.recipient,
            categories=frozenset(possible_categories(self.recipient)),
            legal_basis=self.legal_basis,
            from_on=self.from_on,
            until_on=self.until_on,
        )


@cache
def holders(today: date) -> tuple[Holder, ...]:
    """Who served, serves and will serve, seen from that day."""
    interests, law = LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.LEGAL_OBLIGATION
    partner, collector = month_start(today, PARTNER_CHANGED), month_start(today, COLLECTOR_CHANGES)
    told: tuple[tuple[Recipient, str, LegalBasis, date, date | None, dict[str, str]], ...] = (
        (Recipient.CREDIT_INFORMATION, "Suomen Asiakastieto Oy", interests, BEGINNING, None, {}),
        (Recipient.INVOICING_AND_COLLECTION, "Lindorff Oy", interests, BEGINNING, collector - ONE_DAY, {}),
        (Recipient.INVOICING_AND_COLLECTION, "Saatavapolku Oy", interests, collector, None, {}),
        (Recipient.DATAHUB, "Fingrid Datahub Oy", law, DATAHUB_BEGAN, None, {}),
        (
            Recipient.AUTHORISED_PARTNER,
            "Mittarihuolto Suokanto Oy",
            LegalBasis.CONTRACT,
            BEGINNING,
            partner - ONE_DAY,
            {},
        ),
        (Recipient.AUTHORISED_PARTNER, "Verkkotyö Kallioniitty Oy", LegalBasis.CONTRACT, partner, None, {}),
        (
            Recipient.AUTHORITY,
            "Kaakkois-Suomen poliisilaitos",
            law,
            BEGINNING,
            None,
            {"en": "Southeastern Finland Police Department"},
        ),
        (Recipient.AUTHORITY, "Ulosottolaitos", law, BEGINNING, None, {"en": "National Enforcement Authority"}),
        (Recipient.AUTHORITY, "Verohallinto", law, BEGINNING, None, {"en": "Tax Administration"}),
        (Recipient.AUTHORITY, "Energiavirasto", law, BEGINNING, None, {"en": "Energy Authority"}),
    )
    return tuple(Holder(place, *row) for place, row in enumerate(told, start=1))


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
            "other_names": dict(holder.other_names),
            "country": "FI",
            "legal_basis": holder.legal_basis,
            "category_keys": " ".join(possible_categories(holder.recipient)),
            "from_on": holder.from_on,
            "until_on": holder.until_on,
            "version": 1,
        }
        for holder in holders(today)
    ]
