"""The administrator's pages."""

import pytest

from portal.accounts import labels
from portal.accounts.passwords import PasswordProblem
from portal.accounts.problems import SignInProblem
from portal.core.audit import AuditAction
from portal.core.roles import Role
from tests.factories import make_account


@pytest.mark.parametrize(("language", "heading"), [("en", "Accounts"), ("fi", "Tunnukset")])
def test_accounts_are_listed_with_role_and_state_and_without_customers_names(app, sign_in, language, heading):
    with app.app_context():
        make_account(username="asiakas.yksi", display_name="Aino Esimerkki")
        make_account("clerk", username="clerk.three", display_name="Kalle Kolmas", has_accepted_commitment=False)
    page = sign_in("administrator").get(f"/{language}/admin/users")
    assert page.heading == heading
    assert "asiakas.yksi" in page.text
    assert "Aino Esimerkki" not in page.text
    assert "Kalle Kolmas" in page.text
    if language == "en":
        assert "Commitment not accepted" in page.text


def test_the_audit_page_tells_events_by_identifiers(sign_in):
    page = sign_in("administrator").get("/en/admin/audit")
    assert page.status == 200
    for words in ("Signed in", "authn_login_success", "Account created", "user_created"):
        assert words in page.text


@pytest.mark.parametrize("asked", ["2", "0", "x", "99999999999", "-1"])
def test_an_impossible_page_number_shows_the_nearest_page(sign_in, asked):
    assert sign_in("administrator").get(f"/en/admin/audit?page={asked}").status == 200


@pytest.mark.parametrize("role", ["customer", "clerk", "decision-maker", "marketing"])
def test_others_do_not_open_the_administrators_pages(sign_in, role):
    pages = sign_in(role)
    assert pages.get("/en/admin/users").status == 403
    assert pages.get("/en/admin/audit").status == 403


def test_everything_has_its_words():
    assert set(labels.ROLES) == set(Role)
    assert set(labels.ACTIONS) == set(AuditAction)
    assert set(labels.SIGN_IN_PROBLEMS) == set(SignInProblem)
    assert set(labels.PASSWORD_PROBLEMS) == set(PasswordProblem)
