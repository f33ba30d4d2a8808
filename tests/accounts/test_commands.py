"""`portal users`: accounts and invitations made on the server."""

import json

import pytest
from sqlalchemy import select

from portal.accounts import directory, invitations
from portal.accounts.commands import users
from portal.accounts.models import LockReason
from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.messages.models import Message
from tests.factories import PASSWORD, make_account
from tests.pages import Pages


def run(app, *arguments):
    return app.test_cli_runner().invoke(users, list(arguments))


def made(app, role="clerk"):
    """The link that creating an account printed."""
    return json.loads(run(app, "create", "--username", "uusi", "--role", role, "--json").stdout)["link"]


def opens(app, link):
    with app.app_context():
        return invitations.account_of(link.rpartition("/")[2]) is not None


def test_an_invitation_on_the_server_prints_a_new_link_and_ends_the_earlier_one(app):
    first = made(app)
    result = run(app, "invite", "--username", "Uusi")
    assert result.exit_code == 0
    says, link = result.stdout.splitlines()
    assert says == "Set the password within 72 hours, once, at:"
    assert link.startswith("http://localhost:8000/fi/set-password/")
    assert (opens(app, first), opens(app, link)) == (False, True)
    typed = {"new_password": PASSWORD, "repeat_password": PASSWORD}
    page = Pages(app).submit(link.removeprefix("http://localhost:8000"), typed)
    assert (page.status, page.location) == (303, "/fi/sign-in?password_set=1")


def test_the_link_is_shown_on_record_and_mailed_to_nobody(app):
    made(app)
    told = json.loads(run(app, "invite", "--username", "uusi", "--json").stdout)
    assert told.keys() == {"username", "link"}
    with app.app_context():
        account = directory.by_username("uusi")
        entry = audit.latest(limit=1)[0]
        assert (entry.event.action, entry.detail.object) == (AuditAction.INVITATION_MADE, account.reference)
        assert (entry.detail.unit, entry.detail.purpose) == ("system", "shown")
        assert db.session.scalars(select(Message)).all() == []


@pytest.mark.parametrize("who", ["nobody", "has.password", "locked"])
def test_who_has_a_password_or_may_not_come_in_is_not_invited(app, who):
    with app.app_context():
        make_account("clerk", username="has.password")
        with transaction():
            locked = directory.by_username(make_account("clerk", username="locked").username)
            locked.password_hash, locked.is_locked, locked.lock_reason = None, True, LockReason.LEFT
        events = audit.count()
    result = run(app, "invite", "--username", who)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: there is no such account without a password\n"
    with app.app_context():
        assert audit.count() == events


def test_a_customers_account_is_made_with_its_customer_number(app):
    refused = run(app, "create", "--username", "aino", "--role", "customer")
    assert refused.exit_code == 2
    assert "--customer goes with --role customer" in refused.stderr
    unknown = run(app, "create", "--username", "aino", "--role", "customer", "--customer", "99999999")
    assert "there is no customer 99999999" in unknown.stderr
