"""What the worker's mails brought."""

import re

from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.customer_accounts import activation_requests
from portal.messages.models import Message

LINK = re.compile(r"(http\S+)/activate/(\S+)")
PASSWORD = "viides hevonen on vihreä tänään"
ADDRESS = "192.0.2.1"


def mails() -> list[Message]:
    return list(db.session.scalars(select(Message)))


def ask(contact: str, username: str = "", language: str = "fi") -> None:
    activation_requests.ask(username=username, contact=contact, language=language, address=ADDRESS, now=clock.now())


def sent(contact: str, username: str = "", language: str = "fi") -> Message | None:
    """The mail that asking brings; None when there was none."""
    before = {mail.id for mail in mails()}
    ask(contact, username, language)
    activation_requests.answer_requests(clock.now())
    new = [mail for mail in mails() if mail.id not in before]
    assert len(new) <= 1
    return new[0] if new else None


def token_of(mail: Message | None) -> str:
    assert mail is not None and mail.body is not None
    found = LINK.search(mail.body)
    assert found is not None
    return found[2]
