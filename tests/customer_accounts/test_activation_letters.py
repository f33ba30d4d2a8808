"""The letter with a code: made by a clerk, readable for the customer, useless to a finder."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from portal.accounts import directory
from portal.accounts.models import Account
from portal.catalogues.sources import Source
from portal.core import audit, clock
from portal.core.audit import SYSTEM, AuditAction
from portal.core.db import db, transaction
from portal.core.errors import RuleViolation, Stale
from portal.customer_accounts import activation_letters, activations, codes
from portal.customer_accounts.activation_letters import LetterProblem
from portal.customer_accounts.activations import ActivationProblem
from portal.customer_accounts.models import Activation
from portal.permissions.models import Channel, MarketingType, State
from portal.register import openings
from portal.register.models import Billing, MeteringSite
from portal.register.openings import ViewPurpose
from tests.customer_accounts.links import PASSWORD, mails
from tests.factories import make_account, make_customer, record_imported
from tests.tagged_pdf import faults, in_the_window

CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}\b")
WRONG_NUMBER = "10001235"


@pytest.fixture
def clerk(context):
    return directory.account_of(make_account("clerk").account_id).actor


def _open(customer, clerk):
    openings.open_customer(number=customer.number, purpose=ViewPurpose.CONTACT, case=None, actor=clerk, now=clock.now())
    return customer


def _letter(customer, clerk, key="a"):
    return activation_letters.make(number=customer.number, key=key, actor=clerk, now=clock.now())


def _words(document):
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(document)).pages)


def _code(document):
    return CODE.findall(_words(document))[0]


def _activate(token, fact, username="aino"):
    return activations.activate(
        token, username=username, fact=fact, password=PASSWORD, language="fi", address="192.0.2.1", now=clock.now()
    )


def test_the_code_and_a_number_of_the_bill_make_the_account(clerk):
    customer = _open(make_customer(email="", name="Aino Kuusilampi"), clerk)
    code = _code(_letter(customer, clerk))
    assert activations.found(code, clock.now()).suggested_username == ""
    assert _activate(code.lower().replace("-", " "), customer.number)
    account = db.session.scalars(select(Account).where(Account.customer_id == customer.id)).one()
    assert (account.display_name, account.email) == ("Aino Kuusilampi", None)
    assert activations.found(code, clock.now()) is None
    assert mails() == []  # there is no address to write to


def test_who_has_a_contact_on_file_is_told_by_mail_that_the_letter_was_used(clerk):
    customer = _open(make_customer(email="aino@example.com"), clerk)
    assert _activate(_code(_letter(customer, clerk)), customer.number)
    assert [mail.to for mail in mails()] == ["aino@example.com"]


def test_a_letter_is_for_its_customer_alone(clerk):
    customer = _open(make_customer(email="aino@example.com"), clerk)
    other = make_customer(email="aino@example.com")
    code = _code(_letter(customer, clerk))
    with pytest.raises(RuleViolation) as refusal:
        _activate(code, other.number)
    assert refusal.value.code is ActivationProblem.WRONG_FACT


def test_five_wrong_facts_end_the_code(clerk):
    customer = _open(make_customer(), clerk)
    code = _code(_letter(customer, clerk))
    for _ in range(5):
        with pytest.raises(RuleViolation):
            _activate(code, WRONG_NUMBER)
    assert not _activate(code, customer.number)


def test_the_code_works_for_fourteen_days(clerk, frozen_clock):
    code = _code(_letter(_open(make_customer(), clerk), clerk))
    assert activations.found(code, frozen_clock.advance(timedelta(days=14, seconds=-1)))
    assert activations.found(code, frozen_clock.advance(timedelta(seconds=1))) is None


def test_a_newer_letter_ends_the_earlier_code(clerk):
    customer = _open(make_customer(), clerk)
    first, second = _code(_letter(customer, clerk, "a")), _code(_letter(customer, clerk, "b"))
    assert activations.found(first, clock.now()) is None
    assert activations.found(second, clock.now())


def test_the_same_form_sent_twice_makes_the_same_letter(clerk, frozen_clock):
    customer = _open(make_customer(), clerk)
    first = _letter(customer, clerk)
    frozen_clock.advance(timedelta(seconds=2))
    assert _letter(customer, clerk) == first
    assert len(db.session.scalars(select(Activation)).all()) == 1


def test_a_form_without_a_key_makes_a_code_of_its_own_each_time(clerk):
    customer = _open(make_customer(), clerk)
    assert _code(_letter(customer, clerk, "")) != _code(_letter(customer, clerk, ""))


def test_a_form_whose_code_was_followed_by_a_newer_one_is_stale(clerk):
    customer = _open(make_customer(), clerk)
    _letter(customer, clerk, "a")
    _letter(customer, clerk, "b")
    with pytest.raises(Stale):
        _letter(customer, clerk, "a")


def test_the_same_key_gives_each_customer_another_code(clerk):
    one, other = _open(make_customer(), clerk), _open(make_customer(), clerk)
    assert _code(_letter(one, clerk)) != _code(_letter(other, clerk))


def test_the_code_is_kept_nowhere(clerk):
    code = _code(_letter(_open(make_customer(), clerk), clerk))
    activation = db.session.scalars(select(Activation)).one()
    kept = {str(value) for value in vars(activation).values()}
    assert not {code, codes.read(code)} & kept


def test_making_a_letter_is_in_the_audit_trail(clerk):
    customer = _open(make_customer(), clerk)
    _letter(customer, clerk)
    entry = audit.latest(limit=1)[0]
    assert entry.event.action is AuditAction.ACTIVATION_CODE_MADE
    assert (entry.detail.subject, entry.detail.purpose, entry.detail.actor) == (
        customer.id,
        "contact",
        clerk.account_id,
    )


def test_a_customer_that_is_not_open_gets_no_letter(clerk, frozen_clock):
    customer = make_customer()
    assert _letter(customer, clerk) is None
    _open(customer, clerk)
    frozen_clock.advance(timedelta(hours=13))
    assert _letter(customer, clerk) is None
    assert db.session.scalars(select(Activation)).all() == []


def test_who_has_an_account_or_is_only_potential_gets_no_letter(clerk):
    customer = _open(make_customer(), clerk)
    make_account("customer", customer_id=customer.id)
    potential = _open(_potential(), clerk)
    for each, problem in ((customer, LetterProblem.HAS_ACCOUNT), (potential, LetterProblem.POTENTIAL)):
        with pytest.raises(RuleViolation) as refusal:
            _letter(each, clerk)
        assert refusal.value.code is problem


def _potential():
    """Somebody who may be contacted, and so is not hidden."""
    customer = make_customer(status="potential", has_site=False)
    record_imported(
        customer_id=customer.id,
        type=MarketingType.CONTACT,
        channel=Channel.EMAIL,
        state=State.PERMISSION,
        given_on=clock.local_date(clock.now()),
        source=Source.COMPETITION,
        actor=SYSTEM,
        now=clock.now(),
    )
    return customer


WORDS = {
    "en": ("Activate your account", "24 November 2026", "8 December 2026", "http://localhost:8000/en/activate"),
    "fi": (None, "24.11.2026", "8.12.2026", "http://localhost:8000/fi/activate"),
}


@pytest.mark.parametrize(("preferred", "language"), [("fi", "fi"), ("en", "en"), ("sv", "fi")])
def test_the_letter_is_in_the_customers_language_tagged_and_complete(clerk, preferred, language):
    customer = _open(make_customer(name="Aino Kuusilampi", preferred_language=preferred), clerk)
    document = _letter(customer, clerk)
    title = {"fi": "Ota käyttäjätilisi käyttöön", "en": "Activate your account"}[language]
    assert faults(document, language=language, title=title) == []
    words = _words(document)
    assert [word for word in WORDS[language] if word and word not in words] == []
    assert in_the_window(document) == ["Aino Kuusilampi", "Esimerkkikatu 3 A 4", "45100 Kouvola"]
    assert len(PdfReader(BytesIO(document)).pages) == 1


def test_the_second_fact_is_not_in_the_letter(clerk):
    customer = _open(make_customer(identity_code="280285-901N"), clerk)
    words = re.sub(r"[\s-]", "", _words(_letter(customer, clerk)))
    gsrn = db.session.scalar(select(MeteringSite.gsrn).where(MeteringSite.customer_id == customer.id))
    assert customer.number not in words and gsrn not in words and "901N" not in words


def test_a_protected_address_is_not_printed(clerk):
    customer = _open(make_customer(name="Saima Hallavaara", is_protected=True), clerk)
    words = _words(_letter(customer, clerk))
    assert "Saima Hallavaara" in words
    assert "Esimerkkikatu" not in words


def test_a_name_in_signs_that_no_font_has_does_not_stop_the_letter(clerk):
    customer = _open(make_customer(name="Aino 🌲 山田"), clerk)
    assert _code(_letter(customer, clerk))


@pytest.fixture
def desk(app, sign_in):
    """A clerk's browser, with a way to open a customer."""
    pages = sign_in("clerk")

    def opened(customer):
        pages.get("/en/desk/customers")
        assert pages.post(f"/en/desk/customers/{customer.number}", {"purpose": "contact"}).status == 303
        return f"/en/desk/customers/{customer.number}/activation-letter"

    pages.opened = opened
    return pages


def test_from_the_customers_page_to_the_letter(app, desk):
    with app.app_context():
        customer = make_customer(name="Aino Kuusilampi")
    path = desk.opened(customer)
    assert path in desk.get(f"/en/desk/customers/{customer.number}").links()
    shown = desk.get(path)
    assert "Aino Kuusilampi" in shown.text and "Esimerkkikatu 3 A 4" in shown.text
    page = desk.submit(path)
    assert (page.status, page.headers["Content-Type"]) == (200, "application/pdf")
    assert page.headers["Content-Disposition"] == 'attachment; filename="activation-letter.pdf"'
    assert page.headers["Cache-Control"] == "no-store"
    assert "An earlier code works until" in desk.get(path).text


def test_looking_at_the_page_is_a_view_of_the_customer(app, desk):
    with app.app_context():
        customer = make_customer()
    desk.get(desk.opened(customer))
    with app.app_context():
        assert audit.latest(limit=1)[0].event.action is AuditAction.CUSTOMER_VIEWED


def test_a_protected_address_is_not_for_the_post(app, desk):
    with app.app_context():
        protected, without = make_customer(is_protected=True), make_customer()
        with transaction() as session:
            session.delete(session.scalars(select(Billing).where(Billing.customer_id == without.id)).one())
    for customer in (protected, without):
        page = desk.get(desk.opened(customer))
        assert "Do not post this letter" in page.text and "at the counter" in page.text
        assert "Esimerkkikatu" not in page.text


def test_the_page_says_why_there_is_no_letter(app, desk):
    with app.app_context():
        customer, potential = make_customer(), _potential()
        make_account("customer", customer_id=customer.id)
    for each, words in ((customer, "has an account already"), (potential, "has no bill")):
        path = desk.opened(each)
        assert words in desk.get(path).text
        refused = desk.post(path, {"csrf_token": desk.last.csrf_token})
        assert refused.status == 422 and words in refused.text
    assert (
        f"/en/desk/customers/{potential.number}/activation-letter"
        not in desk.get(f"/en/desk/customers/{potential.number}").links()
    )


def test_without_a_purpose_there_is_no_letter(app, desk):
    with app.app_context():
        customer = make_customer()
    path = f"/en/desk/customers/{customer.number}/activation-letter"
    desk.get("/en/desk/customers")
    assert (desk.get(path).status, desk.get(path).location) == (303, f"/en/desk/customers/{customer.number}/open")
    assert desk.post(path).location == f"/en/desk/customers/{customer.number}/open"
    assert desk.get("/en/desk/customers/10009999/activation-letter").status == 404


def test_others_have_no_way_in(app, client, sign_in):
    with app.app_context():
        path = f"/en/desk/customers/{make_customer().number}/activation-letter"
    assert client.get(path).status == 302
    for role in ("customer", "marketing", "administrator"):
        assert sign_in(role).get(path).status == 403
