"""The administrator's pages about accounts."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts import admin_labels, labels, proposals, staff_accounts
from portal.accounts.models import LockReason, ProposalKind, ProposalState
from portal.accounts.passwords import PasswordProblem
from portal.accounts.problems import AdministrationProblem, SignInProblem
from portal.accounts.second_factor import current_code
from portal.accounts.staff_accounts import AccountState
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.roles import Role
from portal.messages.models import Message
from tests.accounts.administrators import account_of, administrator
from tests.factories import PASSWORD, TOTP_SECRET, make_account
from tests.pages import Pages

NEW = {
    "display_name": "Uusi Tekijä",
    "username": "uusi",
    "email": "uusi@example.com",
    "language": "en",
    "role": "clerk",
}


def _rows(page, caption):
    (table,) = [t for t in page.all("table") if caption in "".join(t.find("caption").itertext())]
    return [["".join(cell.itertext()).strip() for cell in row] for row in table.find("tbody")]


def _names(page):
    return [row[0] for row in _rows(page, "staff account")]


def _address(person):
    return f"/en/admin/users/{person.account_id}"


def _press(pages, address, step, **more):
    """Press the button of an account's page that does this step."""
    page = pages.get(address)
    for form in page.all("form"):
        values = {e.get("name"): e.get("value") for e in form.iter("input")}
        if values.get("step") == step:
            return pages.post(address, values | more)
    raise AssertionError(f"no button for {step}")


def _enter_again(pages, page):
    """Enter the password that a page asks for again."""
    return pages.submit(page.location, {"password": PASSWORD, "code": current_code(TOTP_SECRET, clock.now())})


@pytest.mark.parametrize(
    ("language", "heading", "state"),
    [("en", "Accounts", "Commitment not accepted"), ("fi", "Tunnukset", "Sitoumusta ei ole hyväksytty")],
)
def test_staff_are_listed_with_role_and_state_and_customers_only_counted(app, sign_in, language, heading, state):
    with app.app_context():
        make_account(username="asiakas.yksi@example.com", display_name="Aino Esimerkki")
        make_account("clerk", username="clerk.three", display_name="Kalle Kolmas", has_accepted_commitment=False)
    page = sign_in("administrator").get(f"/{language}/admin/users")
    assert page.heading == heading
    for words in ("Kalle Kolmas", "clerk.three", state):
        assert words in page.text
    assert "asiakas.yksi" not in page.html
    assert "Aino Esimerkki" not in page.html
    if language == "en":
        assert "1 customer has an account." in page.text
        assert ["Kalle Kolmas", "clerk.three", "Clerk"] in [row[:3] for row in _rows(page, "staff account")]


def test_the_list_is_sorted_by_name_as_finns_do_by_role_and_by_last_sign_in(app, sign_in, frozen_clock):
    with app.app_context():
        for name, role in (("Öljy", "clerk"), ("Ääni", "marketing"), ("Åke", "clerk"), ("Zeta", "decision-maker")):
            make_account(role, display_name=name)
    pages = sign_in("administrator", display_name="Éva")
    assert _names(pages.get("/en/admin/users")) == ["Éva", "Zeta", "Åke", "Ääni", "Öljy"]
    assert _names(pages.get("/en/admin/users?sort=role")) == ["Åke", "Öljy", "Zeta", "Ääni", "Éva"]
    assert _names(pages.get("/en/admin/users?sort=last-sign-in"))[0] == "Éva"
    assert _names(pages.get("/en/admin/users?sort=nonsense"))[0] == "Éva"


def test_the_list_is_filtered_by_role_and_state(app, sign_in):
    with app.app_context():
        make_account("clerk", display_name="Valmis")
        make_account("clerk", display_name="Ilman tekijää", has_second_factor=False)
        make_account("marketing", display_name="Sitoutumaton", has_accepted_commitment=False)
    pages = sign_in("administrator", display_name="Raili")
    assert _names(pages.get("/en/admin/users?role=clerk")) == ["Ilman tekijää", "Valmis"]
    assert _names(pages.get("/en/admin/users?state=no-second-factor")) == ["Ilman tekijää"]
    assert _names(pages.get("/en/admin/users?state=no-commitment")) == ["Sitoutumaton"]
    assert _names(pages.get("/en/admin/users?role=clerk&state=active")) == ["Valmis"]
    page = pages.get("/en/admin/users?state=locked")
    assert "No account fits these filters" in page.text
    assert _names(pages.get("/en/admin/users?role=customer&state=x")) == [
        "Ilman tekijää",
        "Raili",
        "Sitoutumaton",
        "Valmis",
    ]


def test_staff_are_found_by_a_part_of_a_name(app, sign_in):
    with app.app_context():
        make_account("clerk", username="ttekija", display_name="Tuulikki Rantapelto")
        make_account("clerk", display_name="Joel Sinivuori")
    pages = sign_in("administrator")
    for typed in ("ranta", "TTEK", "  tuulikki rantapelto "):
        page = pages.submit("/en/admin/users", {"q": typed})
        assert [row[0] for row in _rows(page, "Staff found")] == ["Tuulikki Rantapelto"]
    assert "No account found" in pages.submit("/en/admin/users", {"q": "nobody"}).text
    assert pages.submit("/en/admin/users", {"q": " "}).status == 422


def test_a_customers_account_is_found_by_its_whole_name_masked_and_on_record(app, sign_in):
    with app.app_context():
        person = make_account(username="aino.esimerkki@example.com", display_name="Aino Esimerkki")
    pages = sign_in("administrator")
    for typed in ("aino", "Aino Esimerkki", "example.com"):
        page = pages.submit("/en/admin/users", {"q": typed})
        assert _address(person) not in page.links()
    page = pages.submit("/en/admin/users", {"q": "Aino.Esimerkki@Example.com"})
    assert _address(person) in page.links()
    for secret in ("aino.esimerkki@", "Aino.Esimerkki@", "Aino Esimerkki"):
        assert secret not in page.html
    with app.app_context():
        entry = next(e for e in audit.latest(limit=5) if e.event.action is AuditAction.CUSTOMER_SEARCHED)
        assert (entry.detail.subject, entry.detail.object) == (person.customer_id, f"account:{person.account_id}")
    page = pages.get(_address(person))
    assert page.heading == "A customer's account"
    for secret in ("aino.esimerkki", "Aino Esimerkki"):
        assert secret not in page.html


def test_a_customers_account_can_be_locked_and_unlocked_and_nothing_else(app, sign_in):
    with app.app_context():
        person = make_account()
    pages = sign_in("administrator")
    assert pages.get(f"{_address(person)}/role").status == 404
    assert pages.get(f"{_address(person)}/second-factor").status == 404
    page = pages.get(f"{_address(person)}/lock")
    assert [e.get("value") for e in page.all("input", name="reason")] == ["suspected-misuse", "other"]
    assert pages.submit(f"{_address(person)}/lock", {"reason": "left"}).status == 422
    assert pages.submit(f"{_address(person)}/lock", {"reason": "suspected-misuse"}).status == 303
    assert _press(pages, _address(person), "unlock").status == 303
    with app.app_context():
        assert not account_of(person).is_locked


def test_an_account_is_made_approved_by_another_and_opened_by_its_person(app, sign_in, frozen_clock):
    first, second = sign_in("administrator"), sign_in("administrator")
    made = first.submit("/en/admin/users/new", NEW)
    assert made.status == 303
    page = first.follow(made)
    assert "The account is created." in page.text
    assert "Waiting for approval" in page.text
    assert not [b for b in page.all("button") if "Approve" in "".join(b.itertext())], "not by who made it"
    address = made.location
    assert "New account: Clerk" in second.get("/en/admin/users").text
    approved = _press(second, address, "approve")
    page = second.follow(approved)
    assert "The account is approved. An invitation is on its way by e-mail." in page.text
    assert "/set-password/" not in page.html, "nobody but the person is shown the link"
    with app.app_context():
        bodies = [mail.body for mail in db.session.scalars(select(Message)) if mail.to == "uusi@example.com"]
    (link,) = {word for body in bodies for word in body.split() if "/set-password/" in word}
    visitor = Pages(app)
    path = link.removeprefix("http://localhost:8000")
    assert visitor.submit(path, {"new_password": PASSWORD, "repeat_password": PASSWORD}).status == 303
    assert visitor.submit("/en/sign-in", {"username": "uusi", "password": PASSWORD}).location == "/en/desk/requests"
    page = visitor.follow(visitor.get("/en/desk/requests"))
    assert page.heading == "Set up the second factor"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("username", "1abc"),
        ("username", "131052-308T"),
        ("username", "with space"),
        ("username", "ab"),
        ("username", ""),
        ("username", "x" * 61),
        ("display_name", ""),
        ("display_name", "x" * 101),
        ("email", ""),
        ("email", "nobody"),
        ("language", "sv"),
        ("role", ""),
        ("role", "customer"),
    ],
)
def test_a_mistake_in_a_new_account_is_told_and_the_rest_stays(sign_in, field, typed):
    page = sign_in("administrator").submit("/en/admin/users/new", NEW | {field: typed})
    assert page.status == 422
    assert page.all(("select" if field in ("role", "language") else "input"), name=field)[0].get("aria-invalid")
    kept = page.form_values("/en/admin/users/new")
    assert {name: kept[name] for name in NEW if name != field} == {
        name: value for name, value in NEW.items() if name != field
    }


def test_the_address_of_a_new_account_is_not_optional(sign_in):
    page = sign_in("administrator").get("/en/admin/users/new")
    assert "optional" not in page.text
    assert "whoever reads it can take the account into use" in page.text


def test_a_user_name_in_use_is_told_beside_the_field(app, sign_in):
    with app.app_context():
        make_account("clerk", username="uusi")
    page = sign_in("administrator").submit("/en/admin/users/new", NEW)
    assert page.status == 422
    assert "The username is in use. Choose another." in page.text


def test_a_role_goes_from_proposal_to_approval(app, sign_in):
    with app.app_context():
        person = make_account("clerk", display_name="Kalle Kolmas")
    first, second = sign_in("administrator", display_name="Raili"), sign_in("administrator", display_name="Aleksi")
    theirs = sign_in(person=person)
    assert theirs.get("/en/desk/requests").status == 200
    assert first.submit(f"{_address(person)}/role", {"role": "clerk"}).status == 422
    assert first.submit(f"{_address(person)}/role", {"role": "marketing"}).status == 303
    page = second.get("/en/admin/users")
    assert _rows(page, "Waiting for a second administrator")[0][:3] == [
        "Kalle Kolmas",
        "Change of role: Clerk → Marketing You can decide",
        "Raili",
    ]
    assert _press(second, _address(person), "approve").status == 303
    assert theirs.get("/en/desk/requests").status == 302, "signed out"
    page = second.get(_address(person))
    assert _rows(page, "Earlier proposals")[0][0] == "Change of role: Clerk → Marketing"
    assert "Approved" in page.text


def test_who_proposed_withdraws_and_the_other_rejects(app, sign_in):
    with app.app_context():
        person = make_account("clerk")
    first, second = sign_in("administrator"), sign_in("administrator")
    first.submit(f"{_address(person)}/role", {"role": "marketing"})
    assert _press(first, _address(person), "withdraw").status == 303
    first.submit(f"{_address(person)}/role", {"role": "marketing"})
    assert _press(second, _address(person), "reject").status == 303
    assert "Rejected" in second.get(_address(person)).text
    with app.app_context():
        assert account_of(person).role is Role.CLERK


def test_a_forged_approval_by_the_proposer_is_told_on_the_page(app, sign_in):
    with app.app_context():
        person = make_account("clerk")
    pages = sign_in("administrator")
    pages.submit(f"{_address(person)}/role", {"role": "administrator"})
    with app.app_context():
        (line,) = proposals.waiting(clock.now())
    page = pages.post(_address(person), {"step": "approve", "proposal": str(line.id)})
    assert page.status == 422
    assert "An administrator who is neither has to decide it." in page.text
    with app.app_context():
        assert account_of(person).role is Role.CLERK


@pytest.mark.parametrize(
    ("sent", "status"),
    [({"step": "explode"}, 400), ({"step": "approve", "proposal": "x"}, 404), ({"step": "approve"}, 404), ({}, 422)],
)
def test_a_step_that_is_none_is_refused(app, sign_in, sent, status):
    with app.app_context():
        person = make_account("clerk")
    pages = sign_in("administrator")
    pages.get(_address(person))
    assert pages.post(_address(person), sent).status == status


def test_a_second_factor_is_reset_by_two_and_set_up_anew(app, sign_in, frozen_clock):
    with app.app_context():
        person = make_account("clerk")
    first, second = sign_in("administrator"), sign_in("administrator")
    assert first.submit(f"{_address(person)}/second-factor").status == 303
    assert _press(second, _address(person), "approve").status == 303
    theirs = Pages(app)
    assert theirs.submit("/en/sign-in", {"username": person.username, "password": PASSWORD}).status == 303
    assert theirs.follow(theirs.get("/en/desk/requests")).heading == "Set up the second factor"


def test_an_account_is_locked_with_a_reason_and_its_person_is_out(app, sign_in):
    with app.app_context():
        person = make_account("clerk")
    pages, theirs = sign_in("administrator"), sign_in(person=person)
    assert pages.submit(f"{_address(person)}/lock", {}).status == 422
    assert pages.submit(f"{_address(person)}/lock", {"reason": "unapproved"}).status == 422
    assert pages.submit(f"{_address(person)}/lock", {"reason": "left"}).status == 303
    assert theirs.get("/en/desk/requests").status == 302
    assert "Has left" in pages.get(_address(person)).text


@pytest.mark.parametrize("reason", [LockReason.LEFT, LockReason.SUSPECTED_MISUSE])
def test_who_left_or_is_suspected_comes_back_by_two_and_with_nothing_of_before(app, sign_in, reason):
    with app.app_context():
        person = make_account("clerk", display_name="Kalle Kolmas", email="kalle@example.com")
    first, second = sign_in("administrator"), sign_in("administrator")
    assert "it takes two administrators to open the account again" in first.get(f"{_address(person)}/lock").text
    first.submit(f"{_address(person)}/lock", {"reason": reason.value})
    page = first.get(_address(person))
    assert not [e for e in page.all("input", name="step") if e.get("value") == "unlock"], "not by one alone"
    assert f"{_address(person)}/lock" not in page.links()
    assert "Propose that it opens again" in page.text
    assert first.post(_address(person), {"step": "unlock"}).status == 403
    page = first.get(f"{_address(person)}/role")
    assert page.heading == "Propose that it opens again"
    assert "On approval the account opens, and the person is invited by mail" in page.text
    assert page.form_values(f"{_address(person)}/role")["role"] == "clerk", "as it was"
    assert first.submit(f"{_address(person)}/role", {"role": "clerk"}).status == 303
    assert "New account: Clerk" in first.get(_address(person)).text
    assert _press(second, _address(person), "approve").status == 303
    with app.app_context():
        account = account_of(person)
        assert (account.is_locked, account.password_hash, account.has_second_factor) == (False, None, False)
        (mail,) = [m for m in db.session.scalars(select(Message)) if "/set-password/" in (m.body or "")]
        assert mail.to == "kalle@example.com"


def test_ones_own_account_offers_nothing_and_refuses_the_rest(sign_in):
    pages = sign_in("administrator")
    address = _address(pages.person)
    page = pages.get(address)
    assert "This is your own account." in page.text
    assert f"{address}/lock" not in page.links()
    page = pages.submit(f"{address}/lock", {"reason": "other"})
    assert page.status == 422
    assert "This is your own account. Another administrator has to do it." in page.text
    assert pages.submit(f"{address}/role", {"role": "clerk"}).status == 422


def test_the_only_administrator_is_told_how_a_second_one_is_made(sign_in):
    alone = sign_in("administrator")
    for path in ("/en/admin/users", "/en/admin/users/new"):
        page = alone.get(path)
        assert "You are the only administrator who can act now" in page.text
        assert "portal users create --role administrator" in page.text
    sign_in("administrator")
    assert "You are the only administrator" not in alone.get("/en/admin/users").text


@pytest.mark.parametrize("reference", ["1", "x", "9" * 40, "0", "%20"])
def test_an_account_that_is_not_there_is_not_found(sign_in, reference):
    pages = sign_in("administrator")
    for page in ("", "/lock", "/role", "/second-factor"):
        assert pages.get(f"/en/admin/users/{reference}{page}").status == 404


@pytest.mark.parametrize("role", ["customer", "clerk", "decision-maker", "marketing"])
def test_other_roles_open_and_send_nothing(app, sign_in, role):
    with app.app_context():
        person = make_account("clerk")
    pages = sign_in(role)
    pages.get("/en/my/devices")
    address = _address(person)
    sent = [
        ("/en/admin/users", {"q": "x"}),
        ("/en/admin/users/new", NEW),
        (address, {"step": "unlock"}),
        (f"{address}/lock", {"reason": "other"}),
        (f"{address}/role", {"role": "marketing"}),
        (f"{address}/second-factor", {}),
        ("/en/admin/audit", {"step": "verify"}),
    ]
    for path, data in sent:
        token = pages.last.csrf_token
        assert pages.get(path).status == 403
        assert pages.post(path, data | {"csrf_token": token}).status == 403
        pages.get("/en/my/devices")
    assert pages.get("/en/admin/audit.csv").status == 403
    with app.app_context():
        account = account_of(person)
        assert (account.is_locked, account.role) == (False, Role.CLERK)
        assert proposals.waiting(clock.now()) == []


def test_every_page_wants_a_fresh_entry(app, sign_in, frozen_clock):
    with app.app_context():
        person = make_account("clerk")
    pages = sign_in("administrator")
    frozen_clock.advance(timedelta(minutes=16))
    for path in ("/en/admin/users", "/en/admin/users/new", _address(person), f"{_address(person)}/lock"):
        assert pages.get(path).location == f"/en/sign-in/confirm?next={path}"


def test_what_was_typed_is_there_again_after_a_fresh_entry(app, sign_in, frozen_clock):
    pages = sign_in("administrator")
    typed = NEW | {"display_name": "Åsa ”Ö” <b>", "email": "asa@example.com", "role": "marketing"}
    values = pages.get("/en/admin/users/new").form_values("/en/admin/users/new")
    frozen_clock.advance(timedelta(minutes=16))
    sent = pages.post("/en/admin/users/new", values | typed)
    assert (sent.status, sent.location) == (302, "/en/sign-in/confirm?next=/en/admin/users/new")
    assert "asa@example.com" not in pages.cookie("session")
    page = pages.follow(_enter_again(pages, sent))
    kept = page.form_values("/en/admin/users/new")
    assert {name: kept[name] for name in typed} == typed
    assert page.status == 200
    assert pages.post("/en/admin/users/new", kept).status == 303


def test_what_was_typed_on_one_page_is_not_put_on_another(sign_in, frozen_clock):
    pages = sign_in("administrator")
    pages.get("/en/admin/users/new")
    frozen_clock.advance(timedelta(minutes=16))
    sent = pages.post("/en/admin/users/new", NEW)
    _enter_again(pages, sent)
    assert "uusi" not in pages.get("/en/admin/users").html


def test_states_follow_from_what_is_missing(context):
    person = make_account("clerk", has_second_factor=False, has_accepted_commitment=False)
    admin = administrator()

    def state(**changed):
        with transaction():
            for name, value in changed.items():
                setattr(account_of(person), name, value)
        return staff_accounts.state_of(account_of(person))

    assert state(password_hash=None) is AccountState.INVITED
    assert state(password_hash="x") is AccountState.NO_SECOND_FACTOR
    assert state(totp_secret=TOTP_SECRET) is AccountState.NO_COMMITMENT
    assert state(commitment_text_version="0") is AccountState.NO_COMMITMENT, "an older text"
    assert state(commitment_text_version="1") is AccountState.ACTIVE
    assert state(is_locked=True) is AccountState.LOCKED
    assert state(lock_reason=LockReason.UNAPPROVED) is AccountState.UNAPPROVED
    assert staff_accounts.state_of(account_of(admin)) is AccountState.ACTIVE
    assert staff_accounts.able_administrators() == 1


def test_everything_has_its_words():
    assert set(labels.ROLES) == set(Role)
    assert set(labels.ACTIONS) == set(AuditAction)
    assert set(labels.SIGN_IN_PROBLEMS) == set(SignInProblem)
    assert set(labels.PASSWORD_PROBLEMS) == set(PasswordProblem)
    assert set(admin_labels.STATES) == set(admin_labels.STATE_TONES) == set(AccountState)
    assert set(admin_labels.LOCK_REASONS) == set(LockReason)
    assert set(admin_labels.PROPOSALS) == set(ProposalKind)
    assert set(admin_labels.PROPOSAL_STATES) == set(admin_labels.PROPOSAL_TONES) == set(ProposalState)
    assert set(admin_labels.PROBLEMS) == set(SignInProblem) | set(AdministrationProblem)
