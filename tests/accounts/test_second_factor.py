"""A second factor by choice: on, off, and getting in without the phone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts import own_security, recovery_codes, second_factor, services, sessions, throttling
from portal.accounts.models import Account, RecoveryCode
from portal.accounts.problems import SignInProblem
from portal.accounts.second_factor import current_code
from portal.accounts.services import Visit
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Forbidden, RuleViolation, Stale, Throttled
from portal.messages.models import Message
from tests.factories import PASSWORD, make_account
from tests.pages import Pages

VISIT = Visit(address="192.0.2.1")


def _opened(person):
    account = db.session.get(Account, person.account_id)
    opened = services.open_session(account, epoch=account.epoch, wants_memory=False, visit=VISIT, now=clock.now())
    return sessions.find(opened.session_token, clock.now())


def _with_code(person, code):
    pending = services.sign_in(
        username=person.username, password=PASSWORD, wants_memory=False, visit=VISIT, now=clock.now()
    )
    return services.sign_in_with_code(pending, code=code, visit=VISIT, now=clock.now())


def _shown(page):
    """The recovery codes on a page."""
    (shown,) = page.all("ol", id="recovery-codes")
    return [e.text for e in shown.iter("span")]


def _enabled(person):
    live = _opened(person)
    secret = second_factor.new_secret()
    return own_security.set_up_second_factor(
        account_id=person.account_id,
        session_id=live.row.id,
        setup_token=second_factor.setup_token(person.account_id, secret),
        code=current_code(secret, clock.now()),
        visit=VISIT,
        now=clock.now(),
    )


def test_each_of_ten_recovery_codes_lets_in_once(context):
    person = make_account("customer")
    codes = _enabled(person).recovery_codes
    assert len(set(codes)) == 10
    for code in codes:
        assert _with_code(person, code.replace(" ", "-"))
        with pytest.raises(RuleViolation) as refusal:
            _with_code(person, code)
        assert refusal.value.code is SignInProblem.WRONG_CODE
    assert recovery_codes.left(person.account_id) == 0


def test_recovery_codes_are_not_stored_readably(context):
    codes = _enabled(make_account("customer")).recovery_codes
    stored = {row.code_index for row in db.session.query(RecoveryCode)}
    assert len(stored) == 10
    assert not stored & {code.replace(" ", "") for code in codes}


def test_a_recovery_code_of_another_person_opens_nothing(context):
    code = _enabled(make_account("customer")).recovery_codes[0]
    other = make_account("customer")
    _enabled(other)
    with pytest.raises(RuleViolation):
        _with_code(other, code)


def test_new_recovery_codes_end_the_earlier_ones(context):
    person = make_account("customer")
    old = _enabled(person).recovery_codes
    new = own_security.make_recovery_codes(account_id=person.account_id, now=clock.now())
    with pytest.raises(RuleViolation):
        _with_code(person, old[0])
    assert _with_code(person, new[0])


def test_codes_tried_while_setting_up_are_counted_and_the_right_one_ends_the_count(context):
    person = make_account("clerk", has_second_factor=False)
    live = _opened(person)
    secret = second_factor.new_secret()

    def set_up(code):
        return own_security.set_up_second_factor(
            account_id=person.account_id,
            session_id=live.row.id,
            setup_token=second_factor.setup_token(person.account_id, secret),
            code=code,
            visit=VISIT,
            now=clock.now(),
        )

    for _ in range(9):
        with pytest.raises(RuleViolation):
            set_up("000000")
    set_up(current_code(secret, clock.now()))
    assert not throttling.is_exhausted(username=person.username, now=clock.now())


def test_after_ten_wrong_codes_the_set_up_waits_too(context):
    person = make_account("clerk", has_second_factor=False)
    live = _opened(person)
    secret = second_factor.new_secret()
    typed = {"account_id": person.account_id, "session_id": live.row.id, "visit": VISIT, "now": clock.now()}
    token = second_factor.setup_token(person.account_id, secret)
    for _ in range(10):
        with pytest.raises(RuleViolation):
            own_security.set_up_second_factor(**typed, setup_token=token, code="000000")
    with pytest.raises(Throttled):
        own_security.set_up_second_factor(**typed, setup_token=token, code=current_code(secret, clock.now()))
    assert not db.session.get(Account, person.account_id).has_second_factor


def test_staff_cannot_give_the_second_factor_up(context):
    person = make_account("clerk")
    live = _opened(person)
    with pytest.raises(Forbidden):
        own_security.disable_second_factor(account_id=person.account_id, session_id=live.row.id, now=clock.now())


def test_recovery_codes_need_a_second_factor(context):
    with pytest.raises(Stale):
        own_security.make_recovery_codes(account_id=make_account("customer").account_id, now=clock.now())


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_customer_turns_the_second_factor_on_and_off(app, sign_in, frozen_clock, language):
    pages = sign_in("customer")
    address = f"/{language}/my/security"
    pages.get(address)
    page = pages.follow(pages.post(address, {"enable": "1"}))
    key = next(e.text for e in page.all("span", id="totp-key"))
    assert 'class="qr"' in page.html
    assert pages.post(address, page.form_values(address) | {"code": "000000"}).status == 422
    values = pages.last.form_values(address)
    done = pages.post(address, values | {"code": current_code(key, clock.now())})
    assert (done.status, done.location) == (303, f"{address}/recovery-codes")
    codes = _shown(pages.follow(done))
    assert len(set(codes)) == 10

    other = Pages(app)
    other.submit("/en/sign-in", {"username": pages.person.username, "password": PASSWORD})
    assert other.submit("/en/sign-in/code", {"code": codes[0]}).status == 303

    frozen_clock.advance(timedelta(minutes=16))
    pages.get(address)
    sent = pages.post(address, {"disable": "1"})
    assert (sent.status, sent.location) == (302, f"/{language}/sign-in/confirm?next={address}?disable%3D1")
    back = pages.submit(sent.location, {"password": PASSWORD, "code": codes[1]})
    assert (back.status, back.location) == (303, f"{address}?disable=1")
    asked = pages.follow(back)
    assert [e.get("name") for e in asked.all("button", class_="danger")] == ["disable"], "a second press carries it out"
    assert pages.post(address, {"disable": "1"}).status == 303
    assert other.get(address).status == 302, "other devices are signed out"
    last = Pages(app).submit("/en/sign-in", {"username": pages.person.username, "password": PASSWORD})
    assert last.location == "/en/my/data"


def test_the_codes_wait_for_their_page_across_a_fresh_entry(sign_in, frozen_clock):
    pages = sign_in("customer")
    page = pages.get("/en/my/security?enable=1")
    key = page.all("span", id="totp-key")[0].text
    typed = page.form_values("/en/my/security") | {"code": current_code(key, clock.now())}
    assert pages.post("/en/my/security", typed).status == 303
    frozen_clock.advance(timedelta(minutes=1))
    entered = pages.submit("/en/sign-in/confirm", {"password": PASSWORD, "code": current_code(key, clock.now())})
    assert entered.status == 303
    assert len(_shown(pages.get("/en/my/security"))) == 10, "here too, if the person goes on here"
    assert pages.get("/en/my/security").heading == "Password and security"


def test_turning_it_on_needs_a_fresh_entry_and_returns_to_the_step(sign_in, frozen_clock):
    pages = sign_in("customer")
    frozen_clock.advance(timedelta(minutes=16))
    sent = pages.get("/en/my/security?enable=1")
    assert (sent.status, sent.location) == (302, "/en/sign-in/confirm?next=/en/my/security?enable%3D1")
    assert pages.submit(sent.location, {"password": PASSWORD}).location == "/en/my/security?enable=1"


def test_staff_are_offered_codes_but_no_way_off(sign_in):
    pages = sign_in("clerk")
    page = pages.get("/en/my/security")
    assert "/en/my/security?new_codes=1" in page.links()
    assert "/en/my/security?disable=1" not in page.links()
    assert pages.get("/en/my/security?disable=1").heading == "Password and security"
    assert pages.post("/en/my/security", {"disable": "1"}).status == 403


@pytest.mark.parametrize(
    ("language", "role", "heading"),
    [("fi", "clerk", "Ota palautuskoodisi talteen"), ("en", "customer", "Keep your recovery codes")],
)
def test_new_codes_are_made_on_a_second_press_and_shown_once(app, sign_in, language, role, heading):
    pages = sign_in(role, has_second_factor=True)
    address = f"/{language}/my/security"
    asked = pages.get(f"{address}?new_codes=1")
    with app.app_context():
        assert recovery_codes.left(pages.person.account_id) == 0, "asking makes none"
    assert asked.form_values(address).keys() == {"csrf_token"}
    page = pages.follow(pages.post(address, {"new_codes": "1"}))
    assert len(_shown(page)) == 10
    assert page.heading == heading
    again = pages.get(f"{address}/recovery-codes")
    assert (again.status, again.all("ol", id="recovery-codes")) == (200, [])
    assert f"{address}?new_codes=1" in again.links()


def test_the_codes_are_saved_as_a_file_from_their_page_and_nothing_else_is(sign_in):
    pages = sign_in("customer", has_second_factor=True)
    address = "/en/my/security/recovery-codes"
    pages.get("/en/my/security?new_codes=1")
    page = pages.follow(pages.post("/en/my/security", {"new_codes": "1"}))
    codes, sealed = _shown(page), page.form_values(address)
    assert len(codes) == 10
    assert all(code not in sealed["codes"] for code in codes)
    file = pages.post(address, sealed)
    assert (file.status, file.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert file.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert file.headers["Cache-Control"] == "no-store"
    lines = file.text.strip()
    assert lines.startswith("Recovery codes")
    assert all(code in lines for code in codes)
    for forged in ("", "no", sealed["codes"][:-8] + "AAAAAAAA"):
        refused = pages.post(address, sealed | {"codes": forged})
        assert (refused.status, refused.location) == (303, address)
    assert pages.post(address, sealed).status == 200, "still, from the same page"


def test_the_codes_of_one_session_are_no_file_in_another(app, sign_in):
    pages = sign_in("customer", has_second_factor=True)
    pages.get("/en/my/security?new_codes=1")
    page = pages.follow(pages.post("/en/my/security", {"new_codes": "1"}))
    other = sign_in("customer")
    other.get("/en/my/security")
    address = "/en/my/security/recovery-codes"
    assert other.post(address, {"codes": page.form_values(address)["codes"]}).status == 303


def test_without_a_second_factor_there_are_no_codes(sign_in):
    page = sign_in("customer").get("/en/my/security/recovery-codes")
    assert "You have none in use." in page.text
    assert page.heading == "Recovery codes"


def test_a_password_too_short_to_stand_alone_is_changed_before_the_factor_goes(sign_in):
    pages = sign_in("customer", has_second_factor=True, password="lumi on 7")
    pages.get("/en/my/security")
    page = pages.post("/en/my/security", {"disable": "1"})
    assert page.status == 422
    assert "Your password is too short to protect you alone." in page.text
    pages.submit(
        "/en/my/security", {"current_password": "lumi on 7", "new_password": PASSWORD, "repeat_password": PASSWORD}
    )
    pages.get("/en/my/security")
    assert pages.post("/en/my/security", {"disable": "1"}).status == 303


def test_the_person_is_told_of_a_used_recovery_code_and_of_new_ones(context):
    person = make_account("customer", email="aino@example.com", language="en")
    code = _enabled(person).recovery_codes[0]
    account = db.session.get(Account, person.account_id)
    services.check_code(account, code, visit=VISIT, now=clock.now())
    own_security.make_recovery_codes(account_id=person.account_id, now=clock.now())
    mails = {mail.subject: mail.body for mail in db.session.scalars(select(Message))}
    assert "Codes left: 9." in mails["A recovery code was used"]
    assert code not in "".join(mails.values())
    assert "The earlier ones no longer work." in mails["New recovery codes were made"]
