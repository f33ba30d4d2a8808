"""Every encrypted column damaged or moved, and every page opened: an error mark, no failure, nobody else's value."""

import json
import logging
import re
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, select, text, update

from portal.accounts import own_security, password_resets, second_factor
from portal.accounts.models import Account, PasswordResetRequest
from portal.core import clock, key_rotation
from portal.core.audit import SYSTEM
from portal.core.crypto import DAMAGED
from portal.core.db import db, transaction
from portal.core.roles import Role
from portal.demo import loading
from portal.messages import services as messages
from portal.messages.models import Message, MessageStatus
from portal.register import services as register
from portal.register.commands import register as register_commands
from portal.register.models import Customer
from portal.subject_requests import handling
from portal.subject_requests.kinds import Kind
from portal.subject_requests.models import SubjectRequest
from tests.addresses import addresses, some_of_each
from tests.factories import PASSWORD, make_account, person_of_demo, signed_in
from tests.pages import Page, Pages
from tests.register.care.served import serve

SHORTEST_TELLING = 8  # a plain text that stands on a page by chance is shorter
SOME = 15  # of the pages of one kind: the first cases are those of the stories, which hold most


@pytest.fixture
def browsers(app: Flask) -> Iterator[dict[str, Pages]]:
    """The demo register, with one person of each role signed in before anything is damaged."""
    with app.app_context():
        loading.load(now=clock.now(), customers=20)
        password_resets.ask(username="aino", contact="aino@example.com", address="192.0.2.1", now=clock.now())
        clerk = db.session.scalars(select(Account).where(Account.username == "clerk1")).one().actor
        undecided = select(SubjectRequest.public_id).where(SubjectRequest.decided_at.is_(None)).limit(3)
        for number, case in enumerate(db.session.scalars(undecided).all()):
            for tell in (handling.message, handling.note):
                tell(public_id=case, text=f"Words about case number {number}.", actor=clerk, now=clock.now())
        for customer_id in db.session.scalars(select(Customer.id).order_by(Customer.number).limit(2)).all():
            serve(customer_id, clock.now())
        people = {
            name: person_of_demo(name) for name in ("aino", "oliver", "clerk1", "decider1", "marketing1", "admin1")
        }
        db.session.remove()
    yield {name: signed_in(Pages(app), person=person) for name, person in people.items()}


def lift_guards() -> None:
    """What an attacker who owns the database would do first: what was sent is guarded against being edited."""
    if db.engine.dialect.name == "sqlite":
        for table in ("case_message", "case_note", "letter", "case_file"):
            db.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_edit"))
    else:
        db.session.execute(text("SET LOCAL session_replication_role = replica"))


def damage_everything() -> None:
    with transaction() as session:
        lift_guards()
        for field in key_rotation.encrypted_fields():
            for row_id, stored in session.execute(select(field.table.c.id, field.column)).all():
                if stored is not None:
                    broken = stored[:-1] + bytes([stored[-1] ^ 1])
                    session.execute(
                        update(field.table).where(field.table.c.id == row_id).values({field.secret.column: broken})
                    )
    db.session.remove()


def swap_everything() -> int:
    """Every ciphertext moves to the next row of its column; returns how many columns could be swapped."""
    swapped = 0
    for field in key_rotation.encrypted_fields():
        rows = [row for row in db.session.execute(select(field.table.c.id, field.column)) if row[1] is not None]
        swapped += len(rows) > 1
        with transaction() as session:
            lift_guards()
            for (row_id, _), (_, other) in zip(rows, [*rows[1:], *rows[:1]], strict=True):
                if len(rows) > 1:
                    session.execute(
                        update(field.table).where(field.table.c.id == row_id).values({field.secret.column: other})
                    )
    db.session.remove()
    return swapped


def secret_texts() -> set[str]:
    """What only the encrypted columns hold, as far as it would be recognised on a page."""
    texts: set[str] = set()
    for mapper in key_rotation.Model.registry.mappers:
        for name, attribute in vars(mapper.class_).items():
            if isinstance(attribute, key_rotation.EncryptedText):
                texts |= {getattr(row, name) for row in db.session.scalars(select(mapper.class_))}
    plain: set[object] = set()
    for table in key_rotation.Model.metadata.sorted_tables:
        for column in table.c:
            if not isinstance(column.type, LargeBinary):
                plain |= {str(value) for value in db.session.scalars(select(column))}
    return {text for text in texts if text and len(text) >= SHORTEST_TELLING and text not in plain}


def walk(app: Flask, pages: Pages, but: Collection[str] = ()) -> dict[str, Page]:
    person = pages.person
    if person.role in (Role.CLERK, Role.DECISION_MAKER):
        for path in addresses(app):
            if re.fullmatch(r"/en/desk/customers/\d+", path):
                pages.get("/en/desk/requests")
                pages.post(path, {"purpose": "contact"})
    return {path: pages.get(path) for path in some_of_each(app, SOME) if path not in but}


@pytest.mark.parametrize("how", [damage_everything, swap_everything])
def test_no_page_fails_and_none_shows_what_is_another_rows(
    app: Flask, browsers: dict[str, Pages], how: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        secrets = secret_texts()
        columns = {f"{field.table.name}.{field.secret.column}" for field in key_rotation.encrypted_fields()}
        before = {path: page.body for path, page in walk(app, browsers["clerk1"]).items()}
        how()
    assert len(secrets) > 40 and len(columns) >= 21
    assert sum(secret.encode() in body for secret in secrets for body in before.values()) > 10, "the walk reads them"
    opened: list[tuple[str, Page]] = []
    with caplog.at_level(logging.ERROR):
        for pages in browsers.values():
            seen = {path for path, page in opened if page.status == 200}
            opened += (walked := walk(app, pages, but=seen).items())
            for path, page in walked:
                assert page.status < 500, f"{pages.person.username}: {path}"
                shown = page.body.decode(errors="replace")
                assert not [secret for secret in secrets if secret in shown], path
    assert any("Cannot be read. Tell us if you need it." in page.text for _, page in opened if page.is_html)
    letters = [page for path, page in opened if path.endswith("/letter.pdf")]
    assert 410 in {page.status for page in letters} <= {302, 403, 404, 410}
    for column in ("case_message|text_encrypted", "case_note|text_encrypted", "request_item|proposed_encrypted"):
        assert f"{column}|" in caplog.text
    assert not [secret for secret in secrets if secret in caplog.text]


def test_the_copy_of_ones_own_data_holds_the_mark(app: Flask, browsers: dict[str, Pages]) -> None:
    with app.app_context():
        damage_everything()
    copy = json.loads(browsers["aino"].get("/en/my/data/export.json").body)
    fields = copy["categories"]["customer"][0]["fields"]
    assert fields["identity_code"]["value"] == DAMAGED
    assert copy["categories"]["billing"][0]["fields"]["iban"]["value"] == DAMAGED
    assert fields["name"]["value"] == "Aino Kuusilampi"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Your code cannot be checked: what we have stored for it is damaged."),
        ("fi", "Koodiasi ei voi tarkistaa, koska tallentamamme tieto on vaurioitunut."),
    ],
)
def test_a_damaged_second_factor_is_told_calmly_and_never_skipped(
    app: Flask, client: Pages, language: str, words: str
) -> None:
    with app.app_context():
        person = make_account("clerk", username="clerk.one")
        damage_everything()
    client.submit(f"/{language}/sign-in", {"username": "clerk.one", "password": PASSWORD})
    for code in (second_factor.current_code(person.totp_secret or "", clock.now()), "000000", "abc"):
        page = client.submit(f"/{language}/sign-in/code", {"code": code})
        assert page.status == 422 and words in page.text
    assert client.get("/en/desk/requests").status == 302


def test_a_recovery_code_stands_in_for_a_damaged_second_factor(app: Flask, client: Pages) -> None:
    with app.app_context():
        person = make_account("customer", username="aino", has_second_factor=True)
        codes = own_security.make_recovery_codes(account_id=person.account_id, now=clock.now())
        damage_everything()
    client.submit("/en/sign-in", {"username": "aino", "password": PASSWORD})
    assert client.submit("/en/sign-in/code", {"code": codes[0]}).location == "/en/my/data"


def test_a_fresh_entry_with_a_damaged_second_factor_does_not_let_through(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("administrator")
    with app.app_context():
        damage_everything()
    frozen_clock.advance(timedelta(minutes=16))
    sent = pages.get("/en/admin/users")
    page = pages.submit(
        sent.location, {"password": PASSWORD, "code": second_factor.current_code(pages.person.totp_secret, clock.now())}
    )
    assert page.status == 422 and "Your code cannot be checked" in page.text
    assert pages.get("/en/admin/users").status == 302


def test_a_damaged_proposal_is_not_granted_and_the_case_can_still_be_refused_and_answered(
    app: Flask, browsers: dict[str, Pages]
) -> None:
    with app.app_context():
        damage_everything()
        case = db.session.scalars(
            select(SubjectRequest).where(SubjectRequest.kind == Kind.CORRECTION, SubjectRequest.decided_at.is_(None))
        ).first()
        assert case is not None
        address = f"/en/desk/requests/{case.public_id}"
        seen_before = case.status
    decider = browsers["decider1"]
    page = decider.get(address)
    assert "Cannot be read." in page.text, seen_before
    if "take" in [e.get("value") for e in page.all("input", name="step")]:
        page = decider.follow(decider.post(address, {"step": "take", **_version(page)}))
    replace = {e.get("name", ""): e.get("value", "") for e in page.all("input", type="checkbox")}
    granted = decider.post(address, {"step": "decide", **_version(page), "items-0-outcome": "grant", **replace})
    assert granted.status == 422 and "What was proposed cannot be read" in granted.text
    page = decider.get(address)
    refused = decider.post(
        address,
        {
            "step": "decide",
            **_version(page),
            "items-0-outcome": "refuse",
            "items-0-ground": _first_ground(page),
            "items-0-reasons": "The proposal was damaged in our register.",
        },
    )
    assert refused.status == 303, refused.text
    page = decider.get(address)
    assert decider.post(address, {"step": "answer", **_version(page)}).status == 303
    assert decider.get(f"{address}/letter.pdf").body.startswith(b"%PDF")


def _version(page: Page) -> dict[str, str]:
    return {"version": page.all("input", name="version")[0].get("value", "")}


def _first_ground(page: Page) -> str:
    select_ = page.all("select", name="items-0-ground")[0]
    return next(value for option in select_.iter("option") if (value := option.get("value")))


def test_the_changes_feed_gives_no_mark_of_ours_to_another_register(app: Flask, browsers: dict[str, Pages]) -> None:
    with app.app_context():
        assert all(change.new for change in register.changes())
        damage_everything()
        told = app.test_cli_runner().invoke(register_commands, ["changes", "--json"])
        changes = json.loads(told.output)["changes"]
    assert changes and all((change["old"], change["new"]) == (None, None) for change in changes)


def test_a_damaged_message_is_given_up_and_the_next_is_sent(context: Flask) -> None:
    now = clock.now()
    with transaction():
        for name in ("first", "second"):
            messages.queue(to=f"{name}@example.com", language="en", subject="x", body="y", actor=SYSTEM, now=now)
    first = db.session.scalars(select(Message).order_by(Message.id)).first()
    assert first is not None
    with transaction():
        first.body_encrypted = b"damaged"
    assert messages.deliver_pending(now) == 1
    states = {row.id: (row.status, row.last_problem) for row in db.session.scalars(select(Message))}
    assert states.pop(first.id) == (MessageStatus.FAILED, "damaged")
    assert list(states.values()) == [(MessageStatus.SENT, None)]
    assert messages.deliver_pending(now + timedelta(hours=1)) == 0


def test_a_damaged_request_for_a_new_password_is_dropped(app: Flask, browsers: dict[str, Pages]) -> None:
    with app.app_context():
        damage_everything()
        assert password_resets.answer_requests(clock.now()) == 1
        assert db.session.scalars(select(PasswordResetRequest)).all() == []
