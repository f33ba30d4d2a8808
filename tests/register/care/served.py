"""What a clerk writes down about an invented customer."""

from datetime import UTC, date, datetime
from typing import Any

from portal.register.care import contact_log, mandates, manual_material
from portal.register.care.contact_log import NewContact
from portal.register.care.kinds import (
    ContactChannel,
    ContactDirection,
    ContactTopic,
    Evidence,
    KeyHolder,
    MandateKind,
    MandateScope,
    PaperKind,
)
from portal.register.care.mandates import NewMandate
from portal.register.care.manual_material import NewPaper
from portal.register.care.models import ContactEntry, Mandate, ManualMaterial
from tests.subject_requests.people import CLERK


def a_mandate(**values: Any) -> NewMandate:
    usual: dict[str, Any] = {
        "kind": MandateKind.GUARDIAN,
        "scope": MandateScope.ALL,
        "representative_number": "",
        "name": "Eeva Edunvalvoja",
        "contact": "044 000 5555",
        "valid_from": date(2026, 1, 1),
        "valid_until": None,
        "evidence": Evidence.GUARDIANSHIP_EXTRACT,
        "checked_by": "Kaisa Neuvoja",
        "checked_on": date(2026, 11, 20),
    }
    return NewMandate(**{**usual, **values})


def a_contact(**values: Any) -> NewContact:
    usual: dict[str, Any] = {
        "happened_at": datetime(2026, 11, 23, 10, 16, tzinfo=UTC),
        "channel": ContactChannel.PHONE,
        "direction": ContactDirection.INCOMING,
        "topic": ContactTopic.MOVING,
        "note": "Muuttaa joulukuussa.",
        "case": "",
        "is_recorded": False,
    }
    return NewContact(**{**usual, **values})


def a_paper(**values: Any) -> NewPaper:
    usual: dict[str, Any] = {
        "kind": PaperKind.CONTRACT,
        "room": "Arkisto 2",
        "shelf": "Kaappi B",
        "key_holder": KeyHolder.REGISTER_MATTERS,
        "kept_since": date(2019, 4, 30),
    }
    return NewPaper(**{**usual, **values})


def serve(customer_id: int, now: datetime) -> tuple[Mandate, ContactEntry, ManualMaterial]:
    """A guardian, a call and a contract on paper."""
    return (
        mandates.record(customer_id=customer_id, told=a_mandate(), actor=CLERK, now=now),
        contact_log.add(customer_id=customer_id, told=a_contact(), actor=CLERK, now=now),
        manual_material.record(customer_id=customer_id, told=a_paper(), actor=CLERK, now=now),
    )
