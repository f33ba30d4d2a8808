"""The messages that were delivered: without a mail server they are files."""

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from tests.outside.serving import Portal

DELIVERED_WITHIN = 20  # seconds


def mails_to(portal: Portal, address: str) -> list[EmailMessage]:
    """What one person was sent, oldest first."""
    files = sorted((portal.instance / "outbox").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    mails = [cast(EmailMessage, message_from_bytes(file.read_bytes(), policy=policy.default)) for file in files]
    return [mail for mail in mails if mail["To"] == address]


def mail_about(portal: Portal, address: str, subject: str) -> EmailMessage:
    """Wait for the worker to deliver it."""
    deadline = time.monotonic() + DELIVERED_WITHIN
    while True:
        found = [mail for mail in mails_to(portal, address) if mail["Subject"] == subject]
        if found:
            return found[-1]
        assert time.monotonic() < deadline, f"no mail “{subject}”; there are {subjects(portal, address)}"
        time.sleep(0.1)


def subjects(portal: Portal, address: str) -> list[str]:
    return [mail["Subject"] for mail in mails_to(portal, address)]


def link_in(portal: Portal, mail: EmailMessage) -> str:
    """The path of the first link to the portal."""
    found = re.search(re.escape(portal.environment["PORTAL_BASE_URL"]) + r"(/\S+?)[.,]?(?=\s)", mail.get_content())
    assert found, "no link in the mail"
    return found[1]
