"""The signed link: what it says, what it does not say, and that nobody else can make one."""

import base64
import json
import zlib

import pytest
from flask import Flask

from portal.core import clock, crypto, key_rotation
from portal.permissions import opt_out_links, suppression
from portal.permissions.models import Channel
from portal.permissions.opt_out_links import OptOutLink
from tests.factories import make_customer

CONTACT = "aino.kuusilampi@example.com"


def readable(token: str) -> str:
    """What anybody can read out of a token."""
    payload = token.lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return (zlib.decompress(raw) if token.startswith(".") else raw).decode()


def test_a_link_leads_back_to_whom_and_where_it_was_sent(context: Flask) -> None:
    customer = make_customer(email=CONTACT)
    link = opt_out_links.link_to(customer_id=customer.id, channel=Channel.EMAIL, contact=CONTACT)
    assert link.url("fi") == f"http://localhost:8000/fi/opt-out/{link.token}"
    assert opt_out_links.link_of(link.token) == link
    assert link.contact_hash == suppression.contact_hash("AINO.kuusilampi@Example.com ")


def test_a_link_tells_nothing_about_the_person(context: Flask) -> None:
    customer = make_customer(name="Aino Kuusilampi", email=CONTACT)
    link = opt_out_links.link_to(customer_id=customer.id, channel=Channel.EMAIL, contact=CONTACT)
    told = readable(link.token)
    assert set(json.loads(told)) == {"c", "m", "h"}
    for secret in (customer.number, customer.name, "aino", "example.com", str(customer.phone)):
        assert secret.casefold() not in told.casefold()


def test_a_link_outlives_a_rotation_of_keys(context: Flask) -> None:
    link = opt_out_links.link_to(customer_id=7, channel=Channel.POST, contact="Aino Kuusilampi Sepitekatu 1 45100")
    key_rotation.rotate(now=clock.now())
    assert opt_out_links.link_of(link.token) == link


@pytest.mark.parametrize("change", ["", "x", "cut", "swapped", "other purpose", "other content", "no row"])
def test_what_we_have_not_signed_is_no_link(context: Flask, change: str) -> None:
    token = OptOutLink(7, Channel.SMS, "0" * 64).token
    forged = {
        "": "",
        "x": "x",
        "cut": token[:-3],
        "swapped": token.swapcase(),
        "other purpose": crypto.sign("opt-out-receipt", {"c": "7", "m": "sms", "h": "0" * 64}),
        "no row": crypto.sign("opt-out", {"c": "seven", "m": "sms", "h": "0" * 64}),
        "other content": crypto.sign("opt-out", {"c": 7, "m": "pigeon", "h": None}),
    }[change]
    assert opt_out_links.link_of(forged) is None
