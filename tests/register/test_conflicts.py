"""A value that the customer has had corrected stays, and a clerk compares what an import brings against it."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import SYSTEM, Actor, AuditAction
from portal.core.db import db
from portal.core.errors import Forbidden, NotFound, RuleViolation, Stale
from portal.core.roles import Role
from portal.permissions import services as permissions
from portal.register import conflicts, services
from portal.register.conflicts import ConflictChoice
from portal.register.models import Billing
from portal.register.reading import records_of
from portal.register.validators import ValueProblem
from tests.conftest import START, FrozenClock
from tests.pages import Page, Pages
from tests.register.importing.files import CODES, NUMBERS, Imported, billing, customer, import_lines, permission, site

SignIn = Callable[..., Pages]
CLERK = Actor(account_id=11, role=Role.CLERK, unit="customer-service")
THEIRS = customer(name="Aino Kuusilampi", phone="0440001234", sites=[site(estimate_kwh=9000)])


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Imported]:
    """Import lines; a correction of the phone number has been made to the first one."""
    return lambda *lines, **options: import_lines(tmp_path, lines or [THEIRS], **options)


def number() -> int:
    return services.customer_by_number(NUMBERS[0]).id


def correct(key: str, old: str, new: str, record_id: int | None = None) -> None:
    services.apply_correction(
        customer_id=number(),
        field_key=key,
        record_id=record_id,
        base_value=old,
        new_value=new,
        request_id="K7F3-9QTD",
        actor=SYSTEM,
        now=START,
    )


def phone() -> str:
    return services.current_value(number(), "phone")


def decide(choice: ConflictChoice, *, actor: Actor = CLERK) -> None:
    [line] = conflicts.waiting(limit=10)
    seen = conflicts.opened(line.id, actor=actor, now=START).seen
    conflicts.decide(line.id, choice=choice, seen=seen, actor=actor, now=START)


@pytest.fixture
def differing(context: Flask, run: Callable[..., Imported]) -> Callable[..., Imported]:
    run()
    correct("phone", "+358440001234", "044 000 9999")
    return run


def test_a_corrected_value_is_not_overwritten_and_the_other_waits_for_a_clerk(differing) -> None:
    done = differing()
    assert (done.updated, done.unchanged, done.conflicts) == (0, 1, 1)
    assert phone() == "+358440009999"
    [line] = conflicts.waiting(limit=10)
    assert (line.customer_number, line.spec.key, line.corrected_on) == (NUMBERS[0], "phone", date(2026, 11, 24))
    conflict = conflicts.opened(line.id, actor=CLERK, now=START)
    assert (conflict.ours, conflict.theirs, conflict.source.value) == ("+358440009999", "+358440001234", "contract")
    assert (conflict.request_id, conflict.corrected_on) == ("K7F3-9QTD", date(2026, 11, 24))


def test_the_rest_of_the_line_is_written(differing) -> None:
    done = differing({**THEIRS, "name": "Aino Kuusi"})
    assert (done.updated, done.conflicts) == (1, 1)
    assert services.current_value(number(), "name") == "Aino Kuusi"


def test_the_same_value_again_is_the_same_conflict(differing, frozen_clock: FrozenClock) -> None:
    differing()
    [before] = conflicts.waiting(limit=10)
    frozen_clock.advance(timedelta(days=1))
    assert differing().conflicts == 1
    assert conflicts.waiting(limit=10) == [before]


def test_a_third_value_takes_the_place_of_the_one_that_waited(differing) -> None:
    differing()
    differing({**THEIRS, "phone": "0440007777"})
    [line] = conflicts.waiting(limit=10)
    assert conflicts.opened(line.id, actor=CLERK, now=START).theirs == "+358440007777"


def test_when_the_other_system_has_taken_the_correction_nothing_waits(differing) -> None:
    differing()
    done = differing({**THEIRS, "phone": "0440009999"})
    assert (done.unchanged, done.conflicts, conflicts.waiting_count()) == (1, 0, 0)


def test_when_the_register_is_corrected_to_their_value_nothing_waits(differing) -> None:
    differing()
    correct("phone", "+358440009999", "044 000 1234")
    assert conflicts.waiting_count() == 0


def test_ours_is_kept_against_that_value_for_good_and_against_another_until_compared(differing) -> None:
    differing()
    decide(ConflictChoice.KEEP)
    assert differing().conflicts == 0
    assert (phone(), conflicts.waiting_count()) == ("+358440009999", 0)
    assert differing({**THEIRS, "phone": "0440007777"}).conflicts == 1
    assert conflicts.waiting_count() == 1


def test_theirs_is_taken_and_told_in_the_feed_and_then_follows_imports(differing) -> None:
    differing({**THEIRS, "source": "customer-contact", "source_on": "2026-11-20"})
    decide(ConflictChoice.TAKE)
    assert (phone(), conflicts.waiting_count()) == ("+358440001234", 0)
    last = services.changes()[-1]
    assert (last.field_key, last.old, last.new, last.request_id) == ("phone", "+358440009999", "+358440001234", None)
    fields = {field.key: field for field in records_of(number())[0].records[0].fields}
    assert (fields["phone"].source.value, fields["phone"].source_on) == ("customer-contact", date(2026, 11, 20))
    assert differing({**THEIRS, "phone": "0440007777"}).updated == 1


def test_looking_and_deciding_are_audited_without_values(differing) -> None:
    differing()
    decide(ConflictChoice.KEEP)
    told = [(entry.event.action.value, entry.detail and entry.detail.purpose) for entry in audit.latest(limit=2)]
    assert told == [("register-conflict:decide", "phone:keep"), ("customer:view", "comparison")]
    assert [entry.detail and entry.detail.subject for entry in audit.latest(limit=2)] == [number(), number()]


def test_a_decision_on_values_that_have_changed_meanwhile_is_refused(differing) -> None:
    differing()
    [line] = conflicts.waiting(limit=10)
    seen = conflicts.opened(line.id, actor=CLERK, now=START).seen
    correct("phone", "+358440009999", "044 000 5555")
    with pytest.raises(Stale):
        conflicts.decide(line.id, choice=ConflictChoice.TAKE, seen=seen, actor=CLERK, now=START)
    assert phone() == "+358440005555"


def test_staff_do_not_compare_their_own_data(differing) -> None:
    differing()
    [line] = conflicts.waiting(limit=10)
    own = Actor(account_id=11, role=Role.CLERK, unit="customer-service", customer_id=number())
    with pytest.raises(Forbidden):
        conflicts.opened(line.id, actor=own, now=START)


@pytest.mark.parametrize("conflict_id", [1, 10**30])
def test_a_conflict_that_is_not_there_is_not_found(context: Flask, conflict_id: int) -> None:
    with pytest.raises(NotFound):
        conflicts.opened(conflict_id, actor=CLERK, now=START)


def test_an_identity_code_that_somebody_else_has_by_now_is_not_taken(context: Flask, run) -> None:
    line = customer(identity_code=CODES[0])
    run(line)
    correct("identity_code", CODES[0], CODES[1])
    run(line)
    run(customer(1, identity_code=CODES[0]))
    with pytest.raises(RuleViolation) as refusal:
        decide(ConflictChoice.TAKE)
    assert refusal.value.code is ValueProblem.TAKEN
    assert conflicts.waiting_count() == 1


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("estimate_kwh", "9000", "12000"),
        ("has_generation", "no", "yes"),
        ("contract_from", "2020-05-01", "2020-06-01"),
        ("heating", "ground-source", "district"),
        ("city", "Kouvola", "Koria"),
    ],
)
def test_every_kind_of_value_is_kept_and_taken(context: Flask, run, key: str, old: str, new: str) -> None:
    line = customer(sites=[site(estimate_kwh=9000, has_generation=False)])
    run(line)
    site_id = records_of(number())[1].records[0].record_id
    correct(key, old, new, site_id)
    assert run(line).conflicts == 1
    assert services.current_value(number(), key, site_id) == new
    decide(ConflictChoice.TAKE)
    assert services.current_value(number(), key, site_id) == old
    assert run(line).conflicts == 0


def test_a_record_is_known_by_what_its_key_was_before_the_correction(context: Flask, run) -> None:
    told = {
        "feedback_received_on": "2026-05-04",
        "feedback_channel": "phone",
        "feedback_category": "outage",
        "feedback_text": "Katkos " * 100,
        "feedback_status": "new",
    }
    line = customer(feedback=[told])
    run(line)
    feedback = next(g for g in records_of(number()) if g.spec.category.value == "feedback").records[0]
    correct("feedback_text", told["feedback_text"].strip(), "Katkos kesti tunnin", feedback.record_id)
    done = run(customer(feedback=[{**told, "feedback_status": "answered"}]))
    assert (done.updated, done.conflicts) == (1, 1)
    held = next(g for g in records_of(number()) if g.spec.category.value == "feedback").records
    assert [(r.value("feedback_text"), r.value("feedback_status")) for r in held] == [
        ("Katkos kesti tunnin", "answered")
    ]
    assert run(customer(feedback=[{**told, "feedback_text": "Katkos kesti tunnin"}])).conflicts == 0
    run(line)
    decide(ConflictChoice.TAKE)
    assert services.current_value(number(), "feedback_text", feedback.record_id) == told["feedback_text"].strip()


def test_a_hidden_customers_conflict_is_on_no_list(context: Flask, run) -> None:
    line = customer(status="potential", phone="0440001234", permissions=[permission()])
    run(line)
    correct("phone", "+358440001234", "044 000 9999")
    run(line)
    assert conflicts.waiting_count() == 1
    permissions.forbid_all(customer_id=number(), source=Source.OWN_CHANGE, actor=SYSTEM, now=START)
    assert conflicts.waiting_count() == 0


# --- The pages


@pytest.fixture
def desk(app: Flask, sign_in: SignIn, tmp_path: Path) -> Pages:
    with app.app_context():
        import_lines(tmp_path, [THEIRS])
        correct("phone", "+358440001234", "044 000 9999")
        import_lines(tmp_path, [THEIRS])
    return sign_in("clerk")


@pytest.mark.parametrize("lang", ["en", "fi"])
def test_a_clerk_compares_and_keeps(desk: Pages, lang: str) -> None:
    page = desk.get(f"/{lang}/desk/conflicts")
    assert NUMBERS[0] in page.text
    assert "9999" not in page.text and "0001234" not in page.text  # no values on a list
    link = link_of(page, lang)
    shown = desk.get(link)
    assert "9999" in shown.text and "1234" in shown.text
    answer = desk.submit(link, {"choice": "keep"})
    assert (answer.status, answer.location) == (303, f"/{lang}/desk/conflicts")
    assert NUMBERS[0] not in desk.follow(answer).text
    assert desk.get(link).status == 404


def test_the_pages_say_what_differs_and_what_the_choices_do(desk: Pages) -> None:
    page = desk.get("/en/desk/conflicts")
    assert (page.heading, "1 value to compare" in page.text) == ("Differing values", True)
    shown = desk.get(link_of(page, "en"))
    assert shown.heading == "Which value holds?"
    [choices] = shown.all("div", id="choice")
    assert [button.text for button in choices.iter("button")] == ["Keep the corrected value", "Take this value"]


def link_of(page: Page, lang: str) -> str:
    [link] = [link for link in page.links() if f"/{lang}/desk/conflicts/" in link]
    return link


def test_a_clerk_takes_their_value(desk: Pages, app: Flask) -> None:
    link = link_of(desk.get("/en/desk/conflicts"), "en")
    page = desk.follow(desk.submit(link, {"choice": "take"}))
    assert "taken" in page.text and "No values wait for comparing" in page.text
    with app.app_context():
        assert phone() == "+358440001234"


@pytest.mark.parametrize("sent", [{}, {"choice": "both"}])
def test_a_form_without_a_choice_comes_back_with_what_is_wrong(desk: Pages, sent: dict[str, Any]) -> None:
    link = link_of(desk.get("/en/desk/conflicts"), "en")
    page = desk.submit(link, sent)
    assert page.status == 422 and page.all("div", id="error-summary")


def test_a_clerk_who_is_late_is_told_so(desk: Pages, app: Flask) -> None:
    link = link_of(desk.get("/en/desk/conflicts"), "en")
    desk.get(link)
    with app.app_context():
        correct("phone", "+358440009999", "044 000 5555")
    seen = {"choice": "take", "seen": desk.last.form_values(link)["seen"] if desk.last else ""}
    assert desk.post(link, seen).status == 409


@pytest.mark.parametrize("lang", ["en", "fi"])
def test_a_protected_address_is_compared_only_when_it_is_asked_for(
    app: Flask, sign_in: SignIn, tmp_path: Path, lang: str
) -> None:
    """L40: the first look shows no address; to see it is on record, and the customer sees that."""
    with app.app_context():
        theirs = customer(billing=billing(), is_protected=True)
        import_lines(tmp_path, [theirs])
        record = db.session.scalars(select(Billing.id)).one()
        correct("billing_street", billing()["billing_street"], "Salainen kuja 7", record)
        import_lines(tmp_path, [theirs])
    clerk = sign_in("clerk")
    link = link_of(clerk.get(f"/{lang}/desk/conflicts"), lang)
    page = clerk.get(link)
    assert "Salainen" not in page.text and billing()["billing_street"] not in page.text
    assert not page.all("div", id="choice")
    page = clerk.submit(link, {"show": "1"})
    assert page.status == 200
    assert "Salainen kuja 7" in page.text and billing()["billing_street"] in page.text
    with app.app_context():
        shown = [entry for entry in audit.latest(limit=5) if entry.event.action is AuditAction.ADDRESS_SHOWN]
        assert [entry.detail.purpose for entry in shown if entry.detail] == ["comparison"]
    seen = page.form_values(link)["seen"]
    assert clerk.post(link, {"choice": "keep", "seen": seen}).status == 303
