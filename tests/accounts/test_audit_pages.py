"""The audit trail as administrators read, download and check it."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from portal.accounts import admin_labels, audit_views
from portal.core import audit, audit_search, checkpoints, clock
from portal.core.audit import Actor, AuditAction
from portal.core.checkpoints import Verdict
from portal.core.db import transaction
from portal.core.roles import Role
from portal.core.settings import settings
from tests.factories import make_account

SYSTEM = audit.SYSTEM


def _record(action=AuditAction.CUSTOMER_VIEWED, *, actor=SYSTEM, now=None, **told):
    with transaction():
        return audit.record(action, actor=actor, now=now or clock.now(), **told)


def _numbers(page):
    bodies = page.all("tbody")
    return [int("".join(row.find("th").itertext())) for row in bodies[0]] if bodies else []


@pytest.fixture
def file(app):
    with app.app_context():
        file = settings().instance / checkpoints.FILE
    file.unlink(missing_ok=True)
    yield file
    file.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("group", "some"),
    [
        ("Signing in", {"authn_login_fail", "authn_password_change", "authz_fail"}),
        (
            "Accounts and roles",
            {"user_created", "authn_login_lock", "authn_login_unlock", "authz_change", "activation:refuse"},
        ),
        ("Requests", {"request:receive", "letter:download", "evidence:add", "processing:restrict"}),
        ("Customer register", {"customer:view", "register:correct", "register-conflict:decide", "address:show"}),
        ("Contacts, mandates and paper", {"mandate:end", "contact:record", "manual-material:destroy"}),
        ("Disclosures", {"disclosure:record", "recipient:end", "marketing-list:make"}),
        ("Choices of customers", {"permission:change", "consent:record"}),
        ("System", {"audit:verify", "retention:apply", "backup:make", "message:queue"}),
    ],
)
def test_events_are_chosen_by_what_they_are_about(sign_in, group, some):
    page = sign_in("administrator").get("/en/admin/audit")
    (choices,) = (found for found in page.all("optgroup") if found.get("label") == group)
    values = [option.get("value") for option in choices.iter("option")]
    assert some <= set(values)
    assert len(values) <= 18, "few enough to be looked through"


@pytest.mark.parametrize("language", ["fi", "en"])
def test_events_are_told_by_identifiers_staff_by_name_and_customers_only_as_customers(app, sign_in, language):
    with app.app_context():
        clerk = make_account("clerk", display_name="Tuulikki Rantapelto")
        customer = make_account("customer", username="aino@example.com", display_name="Aino Esimerkki")
        _record(actor=Actor(clerk.account_id, Role.CLERK, "customer-service"), subject=customer.customer_id)
        _record(AuditAction.OWN_DATA_EXPORTED, actor=Actor(customer.account_id, Role.CUSTOMER, "customer"))
    page = sign_in("administrator").get(f"/{language}/admin/audit")
    words = {
        "en": ("Customer opened", "Own data downloaded", "customer:view", "Tuulikki Rantapelto", "Customer service"),
        "fi": ("Asiakkaan tiedot avattu", "customer:view", "Tuulikki Rantapelto", "Asiakaspalvelu"),
    }[language]
    for said in words:
        assert said in page.text
    for unsaid in ("Aino Esimerkki", "aino@example.com", f'actor={customer.account_id}"'):
        assert unsaid not in page.html


def test_filters_narrow_the_list_and_stay_filled_in(app, sign_in):
    with app.app_context():
        clerk = make_account("clerk", display_name="Tuulikki Rantapelto")
        actor = Actor(clerk.account_id, Role.CLERK, "customer-service")
        first = _record(actor=actor, subject=7, case="K7F3-9QTD")
        second = _record(AuditAction.CUSTOMER_SEARCHED, actor=actor)
        third = _record(AuditAction.ACCESS_DENIED, outcome="refused", object="account:5")
    pages = sign_in("administrator")
    for query, numbers in (
        (f"actor={clerk.account_id}", [second, first]),
        ("action=customer:search", [second]),
        ("outcome=refused", [third]),
        ("case=K7F3-9QTD", [first]),
        ("subject=7", [first]),
        ("about=account:5", [third]),
        (f"actor={clerk.account_id}&action=customer:view&outcome=success", [first]),
    ):
        page = pages.get(f"/en/admin/audit?{query}")
        assert _numbers(page) == numbers, query
        for name, value in (part.split("=") for part in query.split("&")):
            chosen = [o.get("value") for o in page.all("option") if o.get("selected") is not None]
            typed = [e.get("value") for e in page.all("input", name=name)]
            assert value in chosen + typed
    assert "No event fits these filters" in pages.get("/en/admin/audit?case=none").text


def test_the_reference_of_an_error_page_leads_to_its_events(app, sign_in):
    pages = sign_in("administrator")
    failed = sign_in("clerk").submit("/en/sign-in/confirm", {"password": "wrong", "code": "1"})
    reference = failed.headers["X-Request-Id"]
    page = pages.get(f"/en/admin/audit?request_id={reference}")
    assert "authn_login_fail" in page.text
    assert len(_numbers(page)) == 1


def test_days_are_finnish_days(app, sign_in):
    with app.app_context():
        late = _record(now=datetime(2026, 11, 30, 22, 30, tzinfo=UTC))  # 1 December in Finland
        later = _record(now=datetime(2026, 12, 1, 22, 30, tzinfo=UTC))  # 2 December
    pages = sign_in("administrator")
    assert _numbers(pages.get("/en/admin/audit?from=2026-12-01&to=2026-12-01")) == [late]
    assert _numbers(pages.get("/en/admin/audit?from=2026-12-02&to=2026-12-31")) == [later]
    assert _numbers(pages.get("/en/admin/audit?from=2026-11-30&to=2026-11-30")) == []


@pytest.mark.parametrize(
    "query",
    [
        "from=x",
        "to=1999-01-01",
        "from=2026-11-02&to=2026-11-01",
        "action=explode",
        "actor=1",
        "outcome=maybe",
        "subject=-1",
        "subject=9999999999999999999",
        "subject=1;2",
        f"case={'x' * 21}",
    ],
)
def test_a_filter_that_makes_no_sense_is_told_and_asks_for_nothing(sign_in, query):
    page = sign_in("administrator").get(f"/en/admin/audit?{query}")
    assert page.status == 422
    assert page.all("div", id="error-summary")
    assert _numbers(page), "the page still shows events"


@pytest.mark.parametrize("asked", ["2", "0", "x", "99999999999", "-1"])
def test_an_impossible_page_number_shows_the_nearest_page(sign_in, asked):
    assert sign_in("administrator").get(f"/en/admin/audit?page={asked}").status == 200


def test_a_long_list_is_paged_with_its_filters_and_cut_at_the_end(app, sign_in, monkeypatch):
    with app.app_context():
        numbers = [_record(subject=7) for _ in range(120)]
    pages = sign_in("administrator")
    page = pages.get("/en/admin/audit?subject=7&page=3")
    assert _numbers(page) == numbers[19::-1]
    assert "Page 3 of 3" in page.text
    assert "/en/admin/audit?subject=7&page=2" in page.links()
    monkeypatch.setattr(audit_search, "MOST", 100)
    page = pages.get("/en/admin/audit?subject=7&page=9")
    assert "More than 100 events fit." in page.text
    assert "Page 2 of 2" in page.text


@pytest.mark.parametrize(("language", "delimiter", "first"), [("en", ",", "Number"), ("fi", ";", "Numero")])
def test_what_is_shown_can_be_downloaded_and_that_is_an_event(app, sign_in, language, delimiter, first):
    with app.app_context():
        clerk = make_account("clerk", display_name="=Tuulikki")
        customer = make_account("customer")
        _record(actor=Actor(clerk.account_id, Role.CLERK, "customer-service"), subject=7, case="K7F3-9QTD")
        _record(actor=Actor(customer.account_id, Role.CUSTOMER, "customer"), subject=7)
        _record(subject=8)
    pages = sign_in("administrator")
    page = pages.get(f"/{language}/admin/audit?subject=7")
    (link,) = [href for href in page.links() if ".csv" in href]
    file = pages.get(link)
    assert file.headers["Content-Disposition"] == 'attachment; filename="audit-2026-11-24.csv"'
    text = file.body.decode()
    assert text.startswith("\ufeff") == (language == "fi")
    header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter)
    assert header[0] == first
    assert [len(row) for row in rows] == [len(header)] * 2
    assert rows[0][1:8] == ["2026-11-24T08:00:00Z", "customer:view", "success", "customer", "", "", "customer"]
    assert rows[1][4:10] == ["customer-service", str(clerk.account_id), "'=Tuulikki", "clerk", "7", "K7F3-9QTD"]
    with app.app_context():
        last = audit.latest(limit=1)[0]
        assert (last.event.action, last.detail.purpose) == (AuditAction.AUDIT_EXPORTED, "2-events")
        assert last.detail.actor == pages.person.account_id


def test_a_download_with_a_filter_that_makes_no_sense_goes_to_the_page(sign_in):
    page = sign_in("administrator").get("/en/admin/audit.csv?from=x")
    assert (page.status, page.location) == (302, "/en/admin/audit?from=x")


def test_the_trail_is_checked_from_the_page(app, sign_in, file):
    pages = sign_in("administrator")
    page = pages.get("/en/admin/audit")
    assert "Never" in page.text
    assert "None yet" in page.text
    with app.app_context():
        checkpoints.write(clock.now())
        events = audit.count()
    pages.get("/en/admin/audit")
    page = pages.follow(pages.post("/en/admin/audit", {"step": "verify"}))
    assert f"The trail is whole: {events} events fit together and agree with 1 signed checkpoints." in page.text
    assert f"up to event {events} of {events + 1}" in page.text
    with app.app_context():
        last = audit.latest(limit=1)[0]
        assert (last.event.action, last.event.outcome) == (AuditAction.AUDIT_VERIFIED, "success")
        assert last.detail.actor == pages.person.account_id


def test_a_trail_that_was_tampered_with_is_told_so(sign_in, app, file):
    pages = sign_in("administrator")
    with app.app_context():
        checkpoints.write(clock.now())
    file.write_text(file.read_text().replace('"count":', '"count":1'))
    pages.get("/en/admin/audit")
    page = pages.follow(pages.post("/en/admin/audit", {"step": "verify"}))
    assert "The trail is not as it was" in page.text
    assert page.all("div", class_="bad")


def test_a_trail_too_long_for_a_page_is_checked_on_the_server(sign_in, monkeypatch):
    monkeypatch.setattr(audit_views, "LARGEST_TRAIL", 1)
    pages = sign_in("administrator")
    page = pages.get("/en/admin/audit")
    assert "portal audit verify" in page.text
    assert pages.post("/en/admin/audit", {"step": "verify"}).status == 400


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(False, 9, 1, 5, "event changed"), "The trail is not as it was. Event 5: the event was changed."),
        (
            Verdict(False, 9, 0, reason="there are no checkpoints", is_certain=False),
            "It cannot be told whether the trail is whole: there are no checkpoints to hold the trail against.",
        ),
        (
            Verdict(False, 9, 1, reason="checkpoint 1 changed"),
            "The trail is not as it was: the checkpoints do not fit; run portal audit verify on the server.",
        ),
    ],
)
def test_every_verdict_is_put_in_words(app, verdict, words):
    with app.test_request_context("/en/"):
        assert admin_labels.verdict_words(verdict) == words


def test_the_pages_want_a_fresh_entry(sign_in, frozen_clock):
    pages = sign_in("administrator")
    frozen_clock.advance(timedelta(minutes=16))
    for path in ("/en/admin/audit", "/en/admin/audit.csv"):
        assert pages.get(path).location == f"/en/sign-in/confirm?next={path}"
