"""How many passwords and codes may be tried (S9): counted in the database, so across all workers and nodes.

What is counted is known by a keyed hash; it is looked up under every key, so that a rotation frees no further tries.
Public forms that write something are counted beside them, so that nobody floods the desk or a mailbox.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from portal.accounts import spelling
from portal.accounts.models import Account, SignInAttempt
from portal.core import audit
from portal.core.audit import VISITOR, AuditAction
from portal.core.crypto import blind_index, blind_indexes
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import Throttled

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 60
IN_ALL = 3_000
FORMS_PER_ADDRESS = 20
MAILS_PER_CONTACT = 3

# what the keyed hashes are of
ACCOUNT = "sign_in_attempt.account"
ADDRESS = "sign_in_attempt.address"
FORM = "public_form"
FORM_ADDRESS = "public_form.address"
FORM_CONTACT = "public_form.contact"
REFUSAL = "sign_in_attempt.refusal"

NOT_A_CHECK = "refusal"  # address_key of a row that notes that a limit has refused


def count_attempt(*, username: str, address: str, now: datetime) -> None:
    """Count a check that is about to be made; raises Throttled instead when it may not be made.

    Counting comes before checking: a burst of parallel tries would otherwise all be checked.
    """
    network = _network(address)
    with transaction() as session:
        serialise("sign-in")
        session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - WINDOW))
        waits = {
            f"account|{username}": _wait(_is_of_account(username), PER_ACCOUNT, now),
            f"address|{network}": _wait(
                SignInAttempt.address_key.in_(blind_indexes(ADDRESS, network)), PER_ADDRESS, now
            ),
            "all|": _wait(_is_check(), IN_ALL, now),
        }
        limit = max(waits, key=lambda name: waits[name])
        if waits[limit] > timedelta(0):
            _tell_once(limit, username=username, now=now)
        else:
            account_key, address_key = blind_index(ACCOUNT, username), blind_index(ADDRESS, network)
            session.add(SignInAttempt(id=random_id(), account_key=account_key, address_key=address_key, at=now))
    if waits[limit] > timedelta(0):  # out here, for raising undoes what the transaction wrote
        raise Throttled(waits[limit])


def count_form(*, address: str, now: datetime) -> None:
    """Count a public form that is about to be carried out; raises Throttled instead when it may not be."""
    network = _network(address)
    with transaction() as session:
        serialise("sign-in")
        session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - WINDOW))
        wait = _wait(SignInAttempt.address_key.in_(blind_indexes(FORM_ADDRESS, network)), FORMS_PER_ADDRESS, now)
        if wait > timedelta(0):
            raise Throttled(wait)
        form_key, address_key = blind_index(FORM, ""), blind_index(FORM_ADDRESS, network)
        session.add(SignInAttempt(id=random_id(), account_key=form_key, address_key=address_key, at=now))


def may_be_mailed(contact: str, *, now: datetime) -> bool:
    """Count a mail that a public form is about to send to whatever was typed; False when it has had enough of them."""
    mailbox = spelling.mailbox(contact)
    with transaction() as session:
        serialise("sign-in")
        is_theirs = SignInAttempt.address_key.in_(blind_indexes(FORM_CONTACT, mailbox))
        if _wait(is_theirs, MAILS_PER_CONTACT, now) > timedelta(0):
            return False
        form_key, contact_key = blind_index(FORM, ""), blind_index(FORM_CONTACT, mailbox)
        session.add(SignInAttempt(id=random_id(), account_key=form_key, address_key=contact_key, at=now))
        return True


def is_exhausted(*, username: str, now: datetime) -> bool:
    """Whether the account's next check would be refused."""
    return _wait(_is_of_account(username), PER_ACCOUNT, now) > timedelta(0)


def forget_attempts(*, username: str) -> None:
    """The person got in: the account's count starts again (those of the address and of all go on)."""
    with transaction() as session:
        session.execute(
            update(SignInAttempt)
            .where(_is_of_account(username))
            .values(account_key=None)
            .execution_options(synchronize_session=False)
        )


def _tell_once(limit: str, *, username: str, now: datetime) -> None:
    """Tell the audit trail that a limit refuses, once in a window: a burst must not fill the trail."""
    told = select(SignInAttempt.id).where(SignInAttempt.account_key.in_(blind_indexes(REFUSAL, limit)))
    if db.session.scalar(told.limit(1)) is not None:
        return
    db.session.add(
        SignInAttempt(id=random_id(), account_key=blind_index(REFUSAL, limit), address_key=NOT_A_CHECK, at=now)
    )
    account = db.session.scalar(select(Account).where(Account.username == username))
    audit.record(
        AuditAction.SIGN_IN_THROTTLED,
        actor=VISITOR,
        now=now,
        object=account.reference if account else None,
        purpose=f"limit-{limit.partition('|')[0]}",
        outcome="refused",
    )


def _wait(which: ColumnElement[bool], limit: int, now: datetime) -> timedelta:
    """How long until fewer than `limit` of these lie inside the window; zero when that is so already."""
    filling = select(SignInAttempt.at).where(which).order_by(SignInAttempt.at.desc()).offset(limit - 1).limit(1)
    at = db.session.scalar(filling)
    return timedelta(0) if at is None else max(at + WINDOW - now, timedelta(0))


def _network(address: str) -> str:
    """What one visitor is given: an IPv4 address, or the whole network behind an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def _is_form() -> ColumnElement[bool]:
    return SignInAttempt.account_key.in_(blind_indexes(FORM, ""))


def _is_check() -> ColumnElement[bool]:
    is_of_account = or_(SignInAttempt.account_key.is_(None), ~_is_form())
    return and_(is_of_account, SignInAttempt.address_key != NOT_A_CHECK)


def _is_of_account(username: str) -> ColumnElement[bool]:
    return SignInAttempt.account_key.in_(blind_indexes(ACCOUNT, username))
