"""The page of contact details, the pages behind the links, and what stands beside the fields of my data."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.core.db import db, transaction
from portal.customer_accounts import contact
from portal.customer_accounts.models import EmailChange
from portal.messages.models import Message
from portal.register import services as register
from tests.factories import Person, make_account, make_customer, signed_in
from tests.pages import Pages

OLD, NEW = "aino@example.com", "aino.k@example.org"
LINK = re.compile(r"/(?:fi|en)/email-change/\S+")


@pytest.fixture
def aino(app, client):
    with app.app_context():
        customer = make_customer(phone="+358440001234", email=OLD)
        person = make_account("customer", username="aino", customer_id=customer.id, email=OLD, language="en")
    return signed_in(client, person=person)


def held(pages, field):
    with pages.app.app_context():
        return register.current_value(pages.person.customer_id, field)


def mailed(app):
    """The addresses of the links that went out last, by whom they went to."""
    with app.app_context():
        mails = db.session.scalars(select(Message).order_by(Message.queued_at)).all()
        return {mail.to: found[0] for mail in mails if (found := LINK.search(mail.body or ""))}


def ask(pages, email=NEW, language="en"):
    page = pages.submit(f"/{language}/my/contact/email", {"email": email})
    assert (page.status, page.location) == (303, f"/{language}/my/contact#email")
    return mailed(pages.app)


def button(pages, step, language="en"):
    pages.get(f"/{language}/my/contact")
    return pages.post(f"/{language}/my/contact", {"step": step})


@pytest.mark.parametrize(
    ("language", "shown", "typed"), [("fi", "044 000 1234", "044 000 9999"), ("en", "+358 44 000 1234", "0440009999")]
)
def test_the_phone_number_is_changed_by_a_form_and_shown_in_groups(aino, language, shown, typed):
    path = f"/{language}/my/contact"
    page = aino.get(path)
    assert [e.get("value") for e in page.all("input", name="phone")] == [shown]
    done = aino.post(path, {"step": "phone", "seen": "+358440001234", "phone": typed})
    assert (done.status, done.location) == (303, path)
    after = aino.follow(done)
    assert after.all("div", role="status")
    assert [e.get("value") for e in after.all("input", name="phone")] == [shown.replace("1234", "9999")]
    assert held(aino, "phone") == "+358440009999"


def test_a_wrong_phone_number_is_told_beside_the_field_and_stays_typed(aino):
    aino.get("/en/my/contact")
    page = aino.post("/en/my/contact", {"step": "phone", "seen": "+358440001234", "phone": "044 x"})
    assert page.status == 422
    assert [e.get("value") for e in page.all("input", name="phone")] == ["044 x"]
    assert page.all("p", id="phone-error")
    assert "#phone" in page.links()


def test_a_change_meanwhile_is_told_and_the_next_try_saves(app, aino):
    aino.get("/en/my/contact")
    with app.app_context():
        contact.change(
            customer_id=aino.person.customer_id,
            field_key="phone",
            seen="+358440001234",
            new_value="044 000 7777",
            actor=contact_actor(aino.person),
            now=contact_now(),
        )
    page = aino.post("/en/my/contact", {"step": "phone", "seen": "+358440001234", "phone": "044 000 9999"})
    assert page.status == 422
    assert "This was changed meanwhile" in page.text
    assert "+358 44 000 7777" in page.text.replace("\u00a0", " ")
    assert held(aino, "phone") == "+358440007777"
    seen = [e.get("value") for form in page.all("form") for e in form.iter("input") if e.get("name") == "seen"]
    assert seen[0] == "+358440007777"
    again = aino.post("/en/my/contact", {"step": "phone", "seen": seen[0], "phone": "044 000 9999"})
    assert again.status == 303
    assert held(aino, "phone") == "+358440009999"


def contact_actor(person):
    from portal.accounts.models import Account

    return db.session.get(Account, person.account_id).actor


def contact_now():
    from portal.core import clock

    return clock.now()


@pytest.mark.parametrize(("language", "words"), [("fi", "ruotsi"), ("en", "Swedish")])
def test_the_language_is_chosen_from_those_the_register_knows(aino, language, words):
    path = f"/{language}/my/contact"
    page = aino.get(path)
    assert words in page.text
    assert [e.get("value") for e in page.all("input", name="preferred_language", checked="")] == ["fi"]
    assert aino.post(path, {"step": "language", "seen": "fi", "preferred_language": "sv"}).status == 303
    assert held(aino, "preferred_language") == "sv"
    wrong = aino.post(path, {"step": "language", "seen": "sv", "preferred_language": "xx"})
    assert wrong.status == 422


def test_an_unknown_step_is_not_found(aino):
    assert button(aino, "email").status == 404


def test_asking_for_another_address_needs_a_fresh_entry(aino, frozen_clock):
    frozen_clock.advance(timedelta(minutes=16))
    page = aino.get("/en/my/contact/email")
    assert (page.status, page.location) == (302, "/en/sign-in/confirm?next=/en/my/contact/email")
    assert aino.get("/en/my/contact").status == 200


@pytest.mark.parametrize("language", ["fi", "en"])
def test_from_asking_to_the_new_address_with_a_browser_that_is_not_signed_in(app, aino, language):
    links = ask(aino, language=language)
    words = aino.get(f"/{language}/my/contact").text
    assert NEW in words
    visitor = Pages(app)
    first = visitor.get(links[NEW])
    assert first.status == 200
    assert first.headers["Cache-Control"] == "no-store"
    assert OLD not in first.html and NEW not in first.html and "a…@example.org" in first.text
    done = visitor.post(links[NEW], {"answer": "confirm"})
    assert (done.status, done.location) == (303, "/en/email-change/done?was=waiting")
    assert visitor.follow(done).status == 200
    assert held(aino, "email") == OLD
    page = aino.get("/en/my/contact")
    assert "Confirmed from the new address; waiting for the old one." in page.text
    visitor.get(links[OLD])
    done = visitor.post(links[OLD], {"answer": "confirm"})
    assert done.location == "/en/email-change/done?was=changed"
    assert visitor.follow(done).heading == "Your e-mail address is changed"
    assert visitor.cookies() == set()
    assert held(aino, "email") == NEW
    assert NEW in aino.get("/en/my/contact").text, "the browser that asked stays signed in"


def test_opening_a_link_changes_nothing_however_often(app, aino):
    links = ask(aino)
    scanner = Pages(app)
    for _ in range(3):
        for link in links.values():
            assert scanner.get(link).status == 200
    assert held(aino, "email") == OLD
    assert "Not yet confirmed" in aino.get("/en/my/contact").text


def test_a_used_link_is_gone_and_leads_to_where_new_ones_are_asked_for(app, aino):
    links = ask(aino)
    visitor = Pages(app)
    visitor.get(links[NEW])
    visitor.post(links[NEW], {"answer": "confirm"})
    for page in (visitor.get(links[NEW]), visitor.post(links[NEW], {"answer": "confirm"})):
        assert page.status == 410
        assert "/en/my/contact" in page.links()


@pytest.mark.parametrize("token", ["x", "a" * 300, "%00", "ä"])
def test_a_garbled_link_is_gone(client, token):
    assert client.get(f"/en/email-change/{token}").status in (400, 410)


def test_the_page_of_a_link_needs_one_of_its_buttons(app, aino):
    links = ask(aino)
    visitor = Pages(app)
    page = visitor.get(links[OLD])
    assert [e.get("value") for e in page.all("button", name="answer")] == ["confirm", "stop"]
    assert page.all("input", name="answer") == [], "it would be sent beside the button's own"
    for answer in ("", "yes"):
        assert visitor.post(links[OLD], {"answer": answer}).status == 422
    assert visitor.post(links[OLD], {"answer": "confirm"}, Sec_Fetch_Site="cross-site").status == 403
    assert visitor.post(links[NEW], {"answer": "stop"}).status == 410


@pytest.mark.parametrize("language", ["fi", "en"])
def test_it_was_not_me_ends_the_change_and_every_sign_in(app, aino, language):
    links = ask(aino)
    visitor = Pages(app)
    path = links[OLD].replace("/en/", f"/{language}/")
    visitor.get(path)
    done = visitor.post(path, {"answer": "stop"})
    assert done.location == f"/{language}/email-change/done?was=stopped"
    assert f"/{language}/forgot-password" in visitor.follow(done).links()
    assert aino.get("/en/my/contact").status == 302
    again = signed_in(aino, person=aino.person)
    page = again.get(f"/{language}/my/contact")
    assert page.all("div", class_="warn")
    assert f"/{language}/my/requests/new/correction?field=email" in page.links()


def test_the_change_is_sent_again_and_cancelled_from_the_page(app, aino, frozen_clock):
    first = ask(aino)
    frozen_clock.advance(timedelta(minutes=1))
    assert button(aino, "send-again").status == 303
    second = mailed(app)
    assert set(first) == set(second) and not set(first.values()) & set(second.values())
    assert Pages(app).get(first[OLD]).status == 410
    assert button(aino, "cancel").status == 303
    assert Pages(app).get(second[OLD]).status == 410
    assert button(aino, "cancel").status == 409


def test_sending_again_needs_a_fresh_entry_and_has_an_end(aino, frozen_clock):
    ask(aino)
    for _ in range(4):
        assert button(aino, "send-again").status == 303
    page = button(aino, "send-again")
    assert page.status == 422
    assert "5 times within a day" in page.text
    frozen_clock.advance(timedelta(minutes=16))
    page = button(aino, "send-again")
    assert (page.status, page.location) == (302, "/en/sign-in/confirm?next=/en/my/contact")


def test_an_address_that_cannot_be_stays_typed(aino):
    page = aino.submit("/en/my/contact/email", {"email": "aino at example"})
    assert page.status == 422
    assert [e.get("value") for e in page.all("input", name="email")] == ["aino at example"]
    same = aino.submit("/en/my/contact/email", {"email": OLD})
    assert "This is your e-mail address already" in same.text


def test_whether_somebody_else_has_the_address_cannot_be_told_from_the_answer(app, aino):
    with app.app_context():
        make_account("customer", customer_id=make_customer(email=NEW).id, email=NEW)
    taken = aino.submit("/en/my/contact/email", {"email": NEW})
    free = aino.submit("/en/my/contact/email", {"email": "nobody@example.org"})
    assert (taken.status, taken.location, taken.body) == (free.status, free.location, free.body)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_somebody_without_any_contact_details_can_give_them(app, client, language):
    with app.app_context():
        customer = make_customer(phone=None, email="")
        person: Person = make_account("customer", customer_id=customer.id, email=None)
    pages = signed_in(client, person=person)
    assert pages.get(f"/{language}/my/contact").status == 200
    links = ask(pages, language=language)
    assert set(links) == {NEW}
    visitor = Pages(app)
    visitor.get(links[NEW])
    assert visitor.post(links[NEW], {"answer": "confirm"}).location.endswith("?was=changed")


@pytest.mark.parametrize("language", ["fi", "en"])
def test_my_data_leads_to_changing_what_one_changes_oneself(aino, language):
    links = aino.get(f"/{language}/my/data").links()
    for place in ("phone-number", "email", "language"):
        assert f"/{language}/my/contact#{place}" in links
        assert aino.get(f"/{language}/my/contact").all("section", id=place)


@pytest.mark.parametrize("was", ["", "something"])
def test_the_page_of_the_outcome_knows_three_outcomes(client, was):
    assert client.get(f"/en/email-change/done?was={was}").status == 404


def test_the_links_secret_is_struck_out_of_logs():
    from portal.web import logs

    assert logs.redacted("GET /fi/email-change/abcDEF_123 500") == "GET /fi/email-change/[removed] 500"


def test_a_new_address_that_cannot_be_read_leaves_the_page_open_and_can_be_cancelled(app, aino):
    ask(aino)
    with app.app_context(), transaction() as session:
        session.execute(update(EmailChange).values(new_email_encrypted=b"damaged"))
    page = aino.get("/en/my/contact")
    assert page.status == 200
    (waits,) = page.all("dl", id="waiting")
    assert "Cannot be read. Tell us if you need it." in "".join(waits.itertext())
    assert button(aino, "send-again").status == 410, "nothing is mailed to an address that nobody knows"
    assert button(aino, "cancel").status == 303
    assert not aino.get("/en/my/contact").all("dl", id="waiting")
