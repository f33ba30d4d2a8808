"""What customers do with their own request while it is being handled, beside writing and withdrawing."""

from datetime import datetime

from portal.core.audit import Actor
from portal.core.db import transaction
from portal.subject_requests import cases, identifying, services
from portal.subject_requests.kinds import IdentityMethod


def answer_identity_question(*, public_id: str, statement: str, text: str, actor: Actor, now: datetime) -> None:
    """The answer to a question about identity, from somebody signed in: the clock goes on (L7).

    Where signing in shows more than is known so far, the `statement` of the button is enough. Who had signed in to
    make the request shows nothing new so, and answers in words of their own. Raises RuleViolation, also where no
    question is open; NotFound for somebody else's request.
    """
    with transaction():
        case = cases.found(public_id, actor=actor)
        method = IdentityMethod.PORTAL if case.is_shown_by_sign_in else None
        if method is not None:
            text = f"{statement}\n\n{text}".strip()
        services.message_from_customer(public_id=public_id, text=text, actor=actor, now=now, is_asked_for=True)
        identifying.identity_answered(public_id=public_id, note=text, method=method, actor=actor, now=now)
