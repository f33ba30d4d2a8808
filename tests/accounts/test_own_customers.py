"""Staff who are customers themselves: told once, and from then on they handle nothing of their own."""

import pytest
from sqlalchemy import delete, select

from portal.accounts import administration
from portal.accounts.commands import users
from portal.accounts.models import Account
from portal.accounts.problems import AdministrationProblem
from portal.core import audit, clock
from portal.core.audit import SYSTEM, AuditAction
from portal.core.db import db, transaction
from portal.core.errors import Forbidden, NotFound, RuleViolation, Stale
from portal.core.roles import Role
from portal.messages.models import Message
from portal.register import openings
from portal.register.models import Customer
from portal.register.openings import ViewPurpose
from portal.subject_requests import handling
from portal.subject_requests.guards import Problem
from tests.accounts.administrators import account_of, actor_of, administrator
from tests.conftest import START
from tests.factories import make_account, make_customer
from tests.subject_requests.people import phone_correction


def set_own(person, number, actor):
    administration.set_own_customer(account_id=person.account_id, number=number, actor=actor, now=clock.now())


def test_it_is_set_by_one_administrator_on_record_without_naming_the_customer(context):
    person = make_account("clerk", email="kalle@example.com", language="en")
    customer, admin = make_customer(), administrator()
    set_own(person, f" {customer.number[:4]} {customer.number[4:]} ", admin)
    assert account_of(person).own_customer_id == customer.id
    assert account_of(person).customer_id is None, "the account stays one of staff"
    entry = next(e for e in audit.latest(limit=5) if e.event.action is AuditAction.OWN_CUSTOMER_SET)
    told = (entry.detail.actor, entry.detail.object, entry.detail.purpose, entry.detail.subject)
    assert told == (admin.account_id, f"account:{person.account_id}", "set", None)
    (mail,) = db.session.scalars(select(Message)).all()
    assert (mail.to, mail.subject) == ("kalle@example.com", "Your own customer number")
    assert customer.number not in mail.body


def test_what_is_set_gives_way_on_the_server_alone(context):
    person, first, second = make_account("clerk"), make_customer(), make_customer()
    set_own(person, first.number, administrator())
    with pytest.raises(Stale):
        set_own(person, second.number, administrator())
    for number, customer_id in ((second.number, second.id), (None, None)):
        administration.set_own_customer_on_the_server(
            username=person.username, number=number, actor=SYSTEM, now=clock.now()
        )
        assert account_of(person).own_customer_id == customer_id


def test_an_unknown_number_oneself_and_customers_are_refused(context):
    person, admin, customer = make_account("clerk"), administrator(), make_customer()
    with pytest.raises(RuleViolation) as refusal:
        set_own(person, "99999999", admin)
    assert (refusal.value.code, refusal.value.field) == (AdministrationProblem.UNKNOWN_CUSTOMER, "number")
    with pytest.raises(RuleViolation) as refusal:
        set_own(admin, customer.number, admin)
    assert refusal.value.code is AdministrationProblem.OWN_ACCOUNT
    with pytest.raises(Forbidden):
        set_own(make_account("customer"), customer.number, admin)
    with pytest.raises(Forbidden):
        set_own(person, customer.number, actor_of(make_account("clerk")))
    with pytest.raises(ValueError, match="only staff"):
        make_account("customer", own_customer_id=customer.id)


def test_nobody_works_on_or_opens_their_own_case(context):
    customer = make_customer()
    case = phone_correction(customer.id, START)
    own = actor_of(make_account("clerk", own_customer_id=customer.id))
    sent = {"public_id": case.public_id, "actor": own, "now": START}
    for step in (
        lambda: handling.take(**sent),
        lambda: handling.note(**sent, text="Mine."),
        lambda: handling.message(**sent, text="Hello me."),
    ):
        with pytest.raises(RuleViolation) as refusal:
            step()
        assert refusal.value.code is Problem.OWN_CASE
    with pytest.raises(Forbidden):
        handling.open_case(**sent)
    handling.take(**sent | {"actor": actor_of(make_account("clerk", own_customer_id=make_customer().id))})


def test_nobody_opens_their_own_data_at_the_desk_or_goes_on_with_it(context):
    customer, person = make_customer(), make_account("clerk")
    asked = {"number": customer.number, "now": START}
    openings.open_customer(**asked, purpose=ViewPurpose.CONTRACT, case=None, actor=actor_of(person))
    assert openings.viewed(**asked, actor=actor_of(person))
    set_own(person, customer.number, administrator())
    assert openings.viewed(**asked, actor=actor_of(person)) is None
    with pytest.raises(Forbidden):
        openings.open_customer(**asked, purpose=ViewPurpose.CONTRACT, case=None, actor=actor_of(person))


def test_it_does_not_stand_in_the_way_of_an_erasure(context):
    customer = make_customer(has_site=False)
    person = make_account("clerk", own_customer_id=customer.id)
    with transaction() as session:
        session.execute(delete(Customer).where(Customer.id == customer.id))
    assert account_of(person).role is Role.CLERK


@pytest.mark.parametrize(("language", "heading"), [("fi", "Tunnukset"), ("en", "Accounts")])
def test_an_administrator_sets_it_on_the_page_which_never_shows_it(app, sign_in, language, heading):
    with app.app_context():
        person, customer = make_account("clerk", display_name="Kalle Kolmas"), make_customer()
    pages = sign_in("administrator")
    address = f"/{language}/admin/users/{person.account_id}"
    assert f"{address}/own-customer" in pages.get(address).links()
    for typed in ("", "x", "99999999"):
        page = pages.submit(f"{address}/own-customer", {"number": typed})
        assert page.status == 422
        assert page.all("p", id="number-error")
    done = pages.submit(f"{address}/own-customer", {"number": customer.number})
    assert (done.status, done.location) == (303, address)
    page = pages.follow(done)
    assert customer.number not in page.html
    assert f"{address}/own-customer" not in page.links()
    again = pages.get(f"{address}/own-customer")
    assert "portal users own-customer" in again.text
    assert customer.number not in again.html
    assert not again.all("input", name="number")
    assert pages.get(f"/{language}/admin/users").heading == heading


def test_their_own_case_and_data_are_refused_on_the_desk(app, sign_in):
    with app.app_context():
        customer = make_customer()
        case = phone_correction(customer.id, START).public_id
    pages = sign_in("clerk", own_customer_id=customer.id)
    assert pages.get(f"/en/desk/requests/{case}").status == 403
    pages.get("/en/desk/customers")
    assert pages.post(f"/en/desk/customers/{customer.number}", {"purpose": "contract"}).status == 403
    assert sign_in("clerk").get(f"/en/desk/requests/{case}").status == 200


def test_the_command_creates_changes_and_takes_back(app):
    with app.app_context():
        first, second = make_customer(), make_customer()

    def run(*arguments):
        return app.test_cli_runner().invoke(users, list(arguments))

    def own():
        with app.app_context():
            return db.session.scalar(select(Account.own_customer_id).where(Account.username == "kalle"))

    made = run("create", "--username", "kalle", "--role", "clerk", "--own-customer", first.number, "--json")
    assert (made.exit_code, own()) == (0, first.id)
    changed = run("own-customer", "--username", "kalle", "--customer", second.number)
    assert (changed.stdout, own()) == ("The own customer number is set.\n", second.id)
    back = run("own-customer", "--username", "kalle", "--json")
    assert (back.stdout, own()) == ('{"username": "kalle", "is_set": false}\n', None)
    for arguments in (("--username", "nobody"), ("--username", "kalle", "--customer", "99999999")):
        refused = run("own-customer", *arguments)
        assert (refused.exit_code, refused.stdout) == (1, "")
    both = run("create", "--username", "aino", "--role", "customer", "--customer", first.number, "--own-customer", "1")
    assert both.exit_code == 2


def test_the_server_finds_no_such_account_of_staff(context):
    person = make_account("customer")
    with pytest.raises(NotFound):
        administration.set_own_customer_on_the_server(
            username=person.username, number=make_customer().number, actor=SYSTEM, now=clock.now()
        )
