"""A ciphertext that was damaged or moved: an error mark in its place, never another's value, and the rest is read."""

import logging
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.core.db import db, transaction
from portal.register.models import Billing
from tests.factories import make_account, make_customer
from tests.pages import Pages

SignIn = Callable[..., Pages]


def test_an_account_number_moved_to_another_customer_is_not_shown_there(
    app: Flask, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        mine, other = make_customer(), make_customer(iban="FI2112345600000785")
        moved = select(Billing.iban_encrypted).where(Billing.customer_id == other.id)
        with transaction() as session:
            stolen = session.scalar(moved)
            session.execute(update(Billing).where(Billing.customer_id == mine.id).values(iban_encrypted=stolen))
        person = make_account(customer_id=mine.id)
        db.session.remove()
    pages = sign_in(person=person)
    with caplog.at_level(logging.ERROR, logger="portal.register.reading"):
        page = pages.get("/en/my/data")
    assert page.status == 200 and "Cannot be read." in page.text and "85" not in page.text.partition("IBAN")[2][:60]
    assert "billing|iban_encrypted|" in caplog.text
    assert pages.get("/en/my/data/export.json").status == 200
    assert pages.get("/en/my/requests/new/correction?field=iban").status == 200
