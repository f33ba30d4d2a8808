"""Administrators and those they administer, for tests."""

from portal.accounts.models import Account
from portal.core.audit import Actor
from portal.core.db import db
from tests.factories import Person, make_account


def administrator(name: str = "Raili Hallinto") -> Actor:
    """Somebody new who may administer accounts."""
    return actor_of(make_account("administrator", display_name=name))


def actor_of(person: Person) -> Actor:
    return db.session.get_one(Account, person.account_id).actor


def account_of(person: Person | Actor) -> Account:
    """As it is in the database now."""
    assert person.account_id is not None
    return db.session.get_one(Account, person.account_id, populate_existing=True)
