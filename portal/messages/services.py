"""The outbox: a message is queued with the change it tells of, and delivered at least once."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete, event, func, select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.crypto import DamagedCiphertext
from portal.core.db import db, in_transaction, random_id, rows_changed, transaction
from portal.core.settings import settings
from portal.messages import wording
from portal.messages.models import Message, MessageStatus
from portal.messages.transport import PermanentFailure, Transport, compose, transport_for

LEASE = timedelta(minutes=5)  # longer than any try lasts
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 30  # about a week of trying
BATCH = 50

logger = logging.getLogger(__name__)

_wake: Callable[[], object] | None = None


def wake_with(call: Callable[[], object] | None) -> None:
    """What to call after a commit that queued something, so that the worker need not wait for its next round."""
    global _wake  # noqa: PLW0603 - set once, when the application is put together
    _wake = call


def queue(
    *,
    to: str,
    language: str,
    subject: str,
    body: str,
    actor: Actor,
    now: datetime,
    customer_id: int | None = None,
    case: str | None = None,
    is_to_staff: bool = False,
) -> Message:
    """Put a mail in the outbox, in the running transaction. No identity code belongs in subject or body (L14).

    `body` is what the mail has to say: greeting and sign-off come with it.
    """
    if not in_transaction():
        raise RuntimeError("a message is queued with the change it tells of")
    host = urlsplit(settings().base_url).hostname or "localhost"
    message = Message(
        id=random_id(),
        message_id=f"<{secrets.token_hex(16)}@{host}>",
        customer_id=customer_id,
        language=language,
        subject=subject,
        queued_at=now,
        due_at=now,
    )
    message.to = to
    message.body = wording.whole(body, language=language, is_to_staff=is_to_staff)
    db.session.add(message)
    audit.record(
        AuditAction.MESSAGE_QUEUED,
        actor=actor,
        now=now,
        subject=customer_id,
        case=case,
        object=f"message:{message.id}",
    )
    wake_after_commit()
    return message


def wake_after_commit() -> None:
    """Let the worker look as soon as what is being written stands."""
    if _wake is not None:
        event.listen(db.session(), "after_commit", _call_wake, once=True)


def forget(customer_id: int) -> int:
    """Delete what was sent to somebody who is erased; what still waits goes out. Inside transaction()."""
    gone = db.session.execute(
        delete(Message).where(Message.customer_id == customer_id, Message.status != MessageStatus.QUEUED)
    )
    return rows_changed(gone)


@dataclass(frozen=True)
class Standing:
    """How the outbox stands: what waits and since when, what was given up, and what went wrong last."""

    waiting: int
    oldest_at: datetime | None
    failed: int
    last_problem: str | None


def standing() -> Standing:
    is_waiting = Message.status == MessageStatus.QUEUED
    waiting, oldest_at = db.session.execute(select(func.count(), func.min(Message.queued_at)).where(is_waiting)).one()
    failed = db.session.scalar(select(func.count()).where(Message.status == MessageStatus.FAILED)) or 0
    tried = select(Message.last_problem).where(is_waiting, Message.last_problem.is_not(None))
    return Standing(waiting, oldest_at, failed, db.session.scalar(tried.order_by(Message.due_at.desc()).limit(1)))


def deliver_pending(now: datetime, *, transport: Transport | None = None) -> int:
    """Try every message that is due; returns how many left. Safe to run by several workers at once."""
    way = transport or transport_for(settings())
    sent = 0
    for row_id in _due(now):
        mail = _claim(row_id, now)
        if mail is not None:
            sent += _try(row_id, mail, way, now)
    return sent


def _due(now: datetime) -> list[int]:
    query = (
        select(Message.id)
        .where(Message.status == MessageStatus.QUEUED, Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(BATCH)
    )
    return list(db.session.scalars(query))


def _claim(row_id: int, now: datetime) -> dict[str, str] | None:
    """Move the next try ahead before sending; None when another worker was first, or there is nothing to send."""
    with transaction() as session:
        message = session.get(Message, row_id, with_for_update=True, populate_existing=True)
        if message is None or message.status is not MessageStatus.QUEUED or message.due_at > now:
            return None
        message.attempts += 1
        message.due_at = now + LEASE
        try:
            to, body = message.to or "", message.body or ""
        except DamagedCiphertext as problem:  # it would stop every later one
            logger.error("message %s cannot be sent, it is damaged: %s", message.message_id, problem)
            message.status = MessageStatus.FAILED
            message.last_problem = "damaged"
            return None
        return {
            "message_id": message.message_id,
            "to": to,
            "language": message.language,
            "subject": message.subject,
            "body": body,
        }


def _try(row_id: int, mail: dict[str, str], way: Transport, now: datetime) -> bool:
    try:
        way.send(compose(**mail, at=now))
    except PermanentFailure as problem:
        _not_sent(row_id, str(problem), now, for_good=True)
        return False
    except Exception as problem:  # noqa: BLE001 - whatever went wrong, the message stays and is tried again
        _not_sent(row_id, type(problem).__name__, now, for_good=False)
        return False
    with transaction() as session:
        message = session.get_one(Message, row_id)
        message.status = MessageStatus.SENT
        message.sent_at = now
        message.last_problem = None
        message.body = None
    return True


def _not_sent(row_id: int, problem: str, now: datetime, *, for_good: bool) -> None:
    with transaction() as session:
        message = session.get_one(Message, row_id)
        gives_up = for_good or message.attempts >= MOST_ATTEMPTS
        message.status = MessageStatus.FAILED if gives_up else MessageStatus.QUEUED
        message.due_at = now + min(timedelta(minutes=2 ** min(message.attempts, 10)), LONGEST_WAIT)
        message.last_problem = problem[:200]
        logger.warning("message %s not sent: %s", message.message_id, problem)


def _call_wake(_session: object) -> None:
    try:
        if _wake is not None:
            _wake()
    except Exception:
        logger.warning("the worker could not be woken", exc_info=True)
