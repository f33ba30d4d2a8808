"""Everything held about one person at one moment: what JSON, CSV and PDF are all written from (R95, R116)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.accounts import own_security
from portal.accounts.own_security import Place
from portal.consents import services as consents
from portal.consents.services import Shown
from portal.core import audit
from portal.core.audit import Entry
from portal.core.clock import local_date
from portal.core.db import db
from portal.permissions import services as permissions
from portal.permissions.models import PermissionEvent
from portal.permissions.services import Line
from portal.register import recipients
from portal.register.care import contact_log, mandates, manual_material
from portal.register.care.mandates import Held
from portal.register.care.models import ContactEntry, Mandate, ManualMaterial
from portal.register.models import Customer, Disclosure
from portal.register.reading import CategoryRecords, disclosures_of, records_of
from portal.register.recipients import InForce
from portal.register.services import customer_of
from portal.subject_requests.models import CaseMessage, RequestItem, SubjectRequest


@dataclass(frozen=True)
class OwnRequest:
    """A request of the person, with what it was about and what was written. Notes among staff are not in it."""

    case: SubjectRequest
    items: Sequence[RequestItem]
    messages: Sequence[CaseMessage]


@dataclass(frozen=True)
class Care:
    """Who may speak for the person, for whom they may, what was said with them, and paper about them."""

    mandates: Sequence[Mandate]
    mandates_held: Sequence[Held]
    contacts: Sequence[ContactEntry]
    papers: Sequence[ManualMaterial]

    @property
    def corrected(self) -> frozenset[int]:
        """The entries that a later one puts right."""
        return frozenset(entry.corrects_id for entry in self.contacts if entry.corrects_id is not None)


@dataclass(frozen=True)
class Holdings:
    """One person's data. Everything in it was asked for by that person's ids and nothing else."""

    made_at: datetime
    customer: Customer
    categories: Sequence[CategoryRecords]
    permissions: Sequence[Line]
    permission_history: Sequence[PermissionEvent]
    consents: Sequence[Shown]
    requests: Sequence[OwnRequest]
    viewings: Sequence[Entry]
    disclosures: Sequence[Disclosure]
    recipients: InForce
    devices: Sequence[Place]
    care: Care


def care_of(customer_id: int) -> Care:
    return Care(
        mandates=mandates.of_customer(customer_id),
        mandates_held=mandates.held_by(customer_id),
        contacts=contact_log.of_customer(customer_id),
        papers=manual_material.of_customer(customer_id),
    )


def gathered(*, customer_id: int, account_id: int, session_id: int, now: datetime) -> Holdings:
    """Raises NotFound."""
    return Holdings(
        made_at=now,
        customer=customer_of(customer_id),
        categories=records_of(customer_id),
        permissions=permissions.state_of(customer_id),
        permission_history=permissions.history_of(customer_id),
        consents=consents.choices_of(account_id),
        requests=_requests(customer_id),
        viewings=audit.viewings_of(customer_id),
        disclosures=disclosures_of(customer_id),
        recipients=recipients.in_force(local_date(now)),
        devices=own_security.places(account_id=account_id, session_id=session_id, now=now),
        care=care_of(customer_id),
    )


def _requests(customer_id: int) -> list[OwnRequest]:
    """Oldest first, in three queries however many there are."""
    cases = db.session.scalars(
        select(SubjectRequest)
        .where(SubjectRequest.customer_id == customer_id)
        .order_by(SubjectRequest.received_on, SubjectRequest.id)
    ).all()
    own = select(SubjectRequest.id).where(SubjectRequest.customer_id == customer_id)
    items: dict[int, list[RequestItem]] = defaultdict(list)
    for item in db.session.scalars(
        select(RequestItem).where(RequestItem.request_id.in_(own)).order_by(RequestItem.position)
    ):
        items[item.request_id].append(item)
    messages: dict[int, list[CaseMessage]] = defaultdict(list)
    for message in db.session.scalars(
        select(CaseMessage).where(CaseMessage.request_id.in_(own)).order_by(CaseMessage.at, CaseMessage.id)
    ):
        messages[message.request_id].append(message)
    return [OwnRequest(case, items[case.id], messages[case.id]) for case in cases]
