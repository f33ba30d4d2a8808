"""Using a link: one account, with a second fact, once."""

from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from portal.accounts import password_resets, services
from portal.accounts.models import Account
from portal.accounts.passwords import PasswordProblem
from portal.accounts.problems import SignInProblem
from portal.accounts.services import Visit
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.errors import RuleViolation, Throttled
from portal.core.roles import Role
from portal.customer_accounts import activations, closing
from portal.customer_accounts.activations import ActivationProblem
from portal.customer_accounts.facts import FactProblem
from portal.register.models import Customer, MeteringSite
from tests.customer_accounts.links import ADDRESS, PASSWORD, mails, sent, token_of
from tests.factories import make_account, make_customer

EMAIL = "aino@example.com"
WRONG_NUMBER = "10001235"


@pytest.fixture
def customer(context):
    return make_customer(email=EMAIL, name="Aino Kuusilampi")


@pytest.fixture
def token(customer):
    return token_of(sent(EMAIL))


def _activate(token, fact, *, username="aino", password=PASSWORD, address=ADDRESS):
    return activations.activate(
        token,
        username=username,
        fact=fact,
        password=password,
        language="en",
        address=address,
        now=clock.now(),
    )


def _refusal(*args, **options):
    with pytest.raises(RuleViolation) as refusal:
        _activate(*args, **options)
    return refusal.value.code, refusal.value.field


def _accounts():
    return list(db.session.scalars(select(Account)))


def _gsrn(customer):
    return db.session.scalar(select(MeteringSite.gsrn).where(MeteringSite.customer_id == customer.id))


def test_the_account_is_the_customers(customer, token):
    assert _activate(token, customer.number, username="  Aino.K ")
    (account,) = _accounts()
    assert (account.username, account.role, account.customer_id) == ("aino.k", Role.CUSTOMER, customer.id)
    assert (account.email, account.language, account.display_name) == (EMAIL, "en", "Aino Kuusilampi")
    assert not account.has_short_password and account.last_sign_in_at is None
    visit = Visit(address=ADDRESS)
    assert services.sign_in(username="aino.k", password=PASSWORD, wants_memory=False, visit=visit, now=clock.now())


def test_a_metering_point_proves_it_as_well(customer, token):
    assert _activate(token, f"{_gsrn(customer)[:9]} {_gsrn(customer)[9:]}")
    assert [account.customer_id for account in _accounts()] == [customer.id]


def test_a_link_works_once(customer, token):
    assert _activate(token, customer.number)
    assert activations.found(token, clock.now()) is None
    assert not _activate(token, customer.number, username="other")
    assert len(_accounts()) == 1


def test_the_trail_and_a_mail_tell_of_it(customer, token):
    assert _activate(token, customer.number)
    events = {entry.event.action: entry.detail for entry in audit.latest(limit=3)}
    created = events[AuditAction.ACCOUNT_CREATED]
    assert (created.purpose, created.subject, created.role) == ("activation", customer.id, Role.CUSTOMER)
    (notice,) = [mail for mail in mails() if mail.subject == "Your account was activated"]
    assert notice.to == EMAIL
    assert "Your username is aino." in notice.body
    assert "If it was not you, act at once" in notice.body
    assert PASSWORD not in notice.body


def test_a_customer_of_another_contact_is_a_wrong_fact(customer, token):
    other = make_customer(email="other@example.com")
    for fact in (other.number, _gsrn(other), WRONG_NUMBER):
        assert _refusal(token, fact) == (ActivationProblem.WRONG_FACT, "fact")
    assert _accounts() == []
    entry = audit.latest(limit=1)[0]
    assert (entry.event.action, entry.event.outcome) == (AuditAction.ACTIVATION_REFUSED, "refused")


def test_five_wrong_facts_end_the_link(customer, token):
    left = []
    for _ in range(5):
        with pytest.raises(RuleViolation) as refusal:
            _activate(token, WRONG_NUMBER)
        left.append(refusal.value.values["left"])
    assert left == [4, 3, 2, 1, 0]
    assert activations.found(token, clock.now()) is None
    assert not _activate(token, customer.number)


def test_of_a_burst_of_facts_five_are_looked_at(app, customer, token):
    answers = []

    def guess():
        with app.app_context():
            try:
                answers.append(_activate(token, WRONG_NUMBER))
            except RuleViolation as refusal:
                answers.append(refusal.code)
            db.session.remove()

    threads = [Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), answers.count(ActivationProblem.WRONG_FACT), answers.count(False)) == (8, 5, 3)


def test_whether_user_names_are_taken_is_told_five_times_at_most(customer, token):
    """User names are addresses mostly: one link must not tell of a whole list who has an account (S8)."""
    make_account("customer", username="taken")
    for _ in range(5):
        assert _refusal(token, customer.number, username="Taken") == (SignInProblem.USERNAME_TAKEN, "username")
    assert not _activate(token, customer.number)


def test_right_and_wrong_facts_count_together(customer, token):
    make_account("customer", username="taken")
    for _ in range(2):
        _refusal(token, WRONG_NUMBER)
        _refusal(token, customer.number, username="taken")
    with pytest.raises(RuleViolation) as refusal:
        _activate(token, WRONG_NUMBER)
    assert refusal.value.values["left"] == 0


def test_one_address_makes_sixty_checks_at_most(context):
    for n in range(12):
        make_customer(email=f"person-{n}@example.com")
        token = token_of(sent(f"person-{n}@example.com"))
        for _ in range(5):
            _refusal(token, WRONG_NUMBER)
    make_customer(email=EMAIL)
    with pytest.raises(Throttled):
        _activate(token_of(sent(EMAIL)), WRONG_NUMBER)


@pytest.mark.parametrize(
    ("fact", "problem"), [("280285-901N", FactProblem.IDENTITY_CODE), ("Aino Kuusilampi", FactProblem.FORM)]
)
def test_neither_identity_code_nor_name_proves_anything_and_neither_costs_a_try(context, fact, problem):
    customer = make_customer(email=EMAIL, name="Aino Kuusilampi", identity_code="280285-901N")
    token = token_of(sent(EMAIL))
    for _ in range(6):
        assert _refusal(token, fact) == (problem, "fact")
    assert _activate(token, customer.number)


@pytest.mark.parametrize(
    ("username", "problem"),
    [
        ("ai", ActivationProblem.USERNAME_LENGTH),
        ("x" * 121, ActivationProblem.USERNAME_LENGTH),
        ("ﷺ" * 20, ActivationProblem.USERNAME_LENGTH),  # longer once normalised
        ("280285-901N", ActivationProblem.USERNAME_IDENTITY_CODE),
        ("280285-901n@example.com", ActivationProblem.USERNAME_IDENTITY_CODE),
        ("ai\u202eno", ActivationProblem.USERNAME_UNFIT),
    ],
)
def test_a_username_fits_its_place_and_is_no_identity_code(customer, token, username, problem):
    assert _refusal(token, customer.number, username=username) == (problem, "username")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("neljätoista mer", None),
        ("neljätoista me", PasswordProblem.TOO_SHORT),
        ("aino.kuusilampi 123456", PasswordProblem.CONTAINS_USERNAME),
    ],
)
def test_the_password_is_a_customers(customer, token, password, problem):
    if problem is None:
        assert _activate(token, customer.number, username="aino.kuusilampi", password=password)
    else:
        refusal = _refusal(token, customer.number, username="aino.kuusilampi", password=password)
        assert refusal == (problem, "new_password")


def test_the_link_dies_after_a_day(customer, token, frozen_clock):
    frozen_clock.advance(timedelta(hours=24, seconds=-1))
    assert activations.found(token, clock.now())
    frozen_clock.advance(timedelta(seconds=1))
    assert activations.found(token, clock.now()) is None
    assert not _activate(token, customer.number)


def test_a_clock_set_back_opens_no_link(customer, token, frozen_clock):
    frozen_clock.advance(timedelta(days=-2))
    assert activations.found(token, clock.now()) is None


def test_a_changed_contact_on_file_ends_the_link(customer, token):
    with transaction() as session:
        session.get(Customer, customer.id).email = "new@example.com"
    assert _refusal(token, customer.number) == (ActivationProblem.WRONG_FACT, "fact")


def test_a_customer_has_one_account(customer, token):
    make_account("customer", customer_id=customer.id, username="first", email=EMAIL)
    assert _refusal(token, customer.number) == (ActivationProblem.HAS_ACCOUNT, "fact")


def test_who_closed_the_account_may_activate_anew(customer, token):
    assert _activate(token, customer.number)
    closing.close(account_id=_accounts()[0].id, now=clock.now())
    assert _activate(token_of(sent(EMAIL)), customer.number)
    assert [account.username for account in _accounts()] == ["aino"]


def test_people_who_share_an_address_each_get_their_own_account(customer, context):
    other = make_customer(email=EMAIL, name="Eino Kuusilampi")
    assert _activate(token_of(sent(EMAIL)), other.number, username="eino")
    assert _activate(token_of(sent(EMAIL)), customer.number, username="aino")
    names = {account.customer_id: account.display_name for account in _accounts()}
    assert names == {customer.id: "Aino Kuusilampi", other.id: "Eino Kuusilampi"}


def test_a_potential_customer_has_no_account(customer, context):
    token = token_of(sent(EMAIL))
    potential = make_customer(email=EMAIL, status="potential", has_site=False)
    assert _refusal(token, potential.number) == (ActivationProblem.WRONG_FACT, "fact")


@pytest.mark.parametrize("token", ["", "x", "a" * 300, "ä", "0000-0000-0000-0000"])
def test_an_unknown_link_makes_nothing(context, token):
    customer = make_customer(email=EMAIL)
    assert not _activate(token, customer.number)


def test_a_forgotten_password_can_be_set_anew_afterwards(customer, token):
    assert _activate(token, customer.number)
    password_resets.ask(username="aino", contact=EMAIL, address=ADDRESS, now=clock.now())
    password_resets.answer_requests(clock.now())
    assert "Set a new password" in [mail.subject for mail in mails()]


def _together(app, *uses):
    """Each in a thread of its own, all at once: what they answered."""
    answers = []
    start = Barrier(len(uses))

    def run(use):
        with app.app_context():
            start.wait()
            try:
                answers.append(use())
            except RuleViolation as refusal:
                answers.append(refusal.code)
            db.session.remove()

    threads = [Thread(target=run, args=(use,)) for use in uses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return answers


def test_two_parallel_uses_of_one_link_make_one_account(app, customer, token):
    for _ in range(4):
        answers = _together(
            app,
            partial(_activate, token, customer.number, username="one"),
            partial(_activate, token, customer.number, username="two"),
        )
        assert sorted(answers) == [False, True]
        assert db.session.scalar(select(func.count()).select_from(Account)) == 1
        with transaction() as session:
            session.delete(session.scalars(select(Account)).one())
        token = token_of(sent(EMAIL))


def test_a_username_wanted_by_two_at_once_goes_to_one(app, customer, token):
    other = make_customer(email="other@example.com")
    other_token = token_of(sent("other@example.com"))
    answers = _together(app, lambda: _activate(token, customer.number), lambda: _activate(other_token, other.number))
    assert {True, SignInProblem.USERNAME_TAKEN} == set(answers)
    assert len(_accounts()) == 1
