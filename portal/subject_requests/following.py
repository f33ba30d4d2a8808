"""What customers do with their own request while it is being handled, beside writing and withdrawing."""

from datetime import datetime

from portal.core.audit import Actor
from portal.core.db import transaction
from portal.subject_requests import identifying, services
from portal.subject_requests.kinds import IdentityMethod


def answer_identity_question(*, public_id: str, text: str, actor: Actor, now: datetime) -> None:
    """The answer to a question about identity, from somebody signed in: the clock goes on (L7).

    Raises RuleViolation, also where no question is open; NotFound for somebody else's request.
    """
    with transaction():
        services.message_from_customer(public_id=public_id, text=text, actor=actor, now=now, is_asked_for=True)
        identifying.identity_answered(
            public_id=public_id, note=text, method=IdentityMethod.PORTAL, actor=actor, now=now
        )
