"""How a mail begins and ends, and what it is sent as."""

import re
from email import message_from_bytes, policy

import pytest
from flask import Flask

from portal.messages import wording
from portal.messages.transport import compose
from tests.conftest import START

TO_CUSTOMERS = {
    "fi": """Hei!

Asia.

Ystävällisin terveisin
KSS Verkko Oy

Asiakaspalvelu: 05 885 111, ma–pe klo 10–16
asiakaspalvelu@kssenergia.fi
""",
    "en": """Hello,

Asia.

Kind regards
KSS Verkko Oy

Customer service: +358 5 885 111, Mon–Fri 10:00–16:00
asiakaspalvelu@kssenergia.fi
""",
}


def without_hard_spaces(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("language", TO_CUSTOMERS)
def test_a_customer_reads_how_and_when_to_reach_us(context: Flask, language: str) -> None:
    whole = wording.whole("Asia.\n", language=language, is_to_staff=False)
    assert without_hard_spaces(whole) == TO_CUSTOMERS[language]


@pytest.mark.parametrize(("language", "portal"), [("fi", "Tietosuojaportaali"), ("en", "Privacy portal")])
def test_staff_are_not_sent_to_customer_service(context: Flask, language: str, portal: str) -> None:
    whole = wording.whole("Asia.", language=language, is_to_staff=True)
    assert whole.endswith(f"\nKSS Verkko Oy\n{portal}\n")


def test_a_mail_is_plain_text_of_short_lines_that_no_machine_answers(context: Flask) -> None:
    body = wording.whole(
        "Äiti yöllä 😀 " * 60 + "\nhttps://portal.example/" + "x" * 90, language="fi", is_to_staff=False
    )
    sent = compose(
        message_id="<ab@portal>", to="aino@example.com", language="fi", subject="Ä" * 150, body=body, at=START
    ).as_bytes()
    assert max(len(line) for line in sent.splitlines()) <= 78
    assert sent.isascii()
    mail = message_from_bytes(sent, policy=policy.default)
    assert mail.get_content() == body
    assert mail["Subject"] == "Ä" * 150
    assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "utf-8")
    assert mail["Content-Language"] == "fi"
    assert mail["Date"].datetime == START
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "AutoReply" in mail["X-Auto-Response-Suppress"]
    assert mail["List-Unsubscribe"] is None, "nothing here is sent to a list"
    assert re.fullmatch(r"KSS Verkko Oy <\S+@\S+>", mail["From"])
