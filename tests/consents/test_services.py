"""Recording choices: one row for each, each category on its own, withdrawal at once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.catalogues.cookies import Category
from portal.consents import services
from portal.consents.choice import NO_CHOICE, Choice, read_choice
from portal.consents.models import Answer, ConsentDetail, ConsentRecord, Method, Outcome, Surface
from portal.core import audit
from portal.core.db import db, transaction
from portal.core.errors import NotFound
from tests import factories
from tests.consents.choices import BANNER_TEXT, NOW, choose

F, A, M = Category.FUNCTIONAL, Category.ANALYTICS, Category.MARKETING
YES, NO, UNASKED = Answer.YES, Answer.NO, Answer.UNASKED


def records() -> int:
    return db.session.scalar(select(func.count()).select_from(ConsentRecord)) or 0


def test_accepting_all_allows_every_category(context: Flask) -> None:
    recorded = choose(Method.ACCEPT_ALL)
    assert recorded.cookie.choice.answers == {F: YES, A: YES, M: YES}
    assert recorded.cookie.max_age == timedelta(days=180)
    assert services.show(recorded.cookie.choice.record_id or "").outcome is Outcome.ACCEPTED_ALL


def test_refusing_is_recorded_for_as_long_as_accepting(context: Flask) -> None:
    recorded = choose(Method.NECESSARY_ONLY)
    assert recorded.cookie.choice.allowed == {Category.NECESSARY}
    assert recorded.cookie.max_age == timedelta(days=180)
    assert not services.asks(recorded.cookie.choice, gpc=False)


def test_each_category_is_chosen_alone(context: Flask) -> None:
    recorded = choose(Method.SAVE, M)
    assert recorded.cookie.choice.answers == {F: NO, A: NO, M: YES}
    assert services.show(recorded.cookie.choice.record_id or "").outcome is Outcome.OWN_CHOICE


def test_the_same_choice_posted_twice_makes_one_row(context: Flask) -> None:
    first = choose(Method.NECESSARY_ONLY)
    second = choose(Method.NECESSARY_ONLY, current=first.cookie.choice, now=NOW + timedelta(days=3))
    assert (first.is_new, second.is_new) == (True, False)
    assert second.cookie.choice.record_id == first.cookie.choice.record_id
    assert second.cookie.choice.expires_at == NOW + timedelta(days=180)
    assert records() == 1


def test_a_choice_that_the_ledger_does_not_know_is_recorded_anew(context: Flask) -> None:
    unknown = Choice("ABCD-EFGH-JKMN-PQRS-TUVW", choose(Method.ACCEPT_ALL).cookie.choice.given)
    assert choose(Method.ACCEPT_ALL, current=unknown).is_new


def test_withdrawing_makes_a_row_and_names_what_was_withdrawn(context: Flask) -> None:
    accepted = choose(Method.ACCEPT_ALL).cookie.choice
    recorded = choose(Method.SAVE, F, current=accepted)
    assert recorded.withdrawn == (A, M)
    assert services.show(recorded.cookie.choice.record_id or "").outcome is Outcome.WITHDRAWN
    assert records() == 2


def test_withdrawing_runs_the_clean_ups_in_the_same_transaction(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[services.Withdrawal] = []

    def clean_up(withdrawal: services.Withdrawal) -> int:
        with transaction():
            told.append(withdrawal)
        return 2

    monkeypatch.setitem(services._clean_ups, F, [clean_up])
    accepted = choose(Method.ACCEPT_ALL).cookie.choice
    recorded = choose(Method.NECESSARY_ONLY, current=accepted, surface=Surface.SETTINGS, cookies={"remember": "s:v"})
    assert recorded.deleted == {F: 2, A: 0, M: 0}
    assert told == [services.Withdrawal(account_id=None, cookies={"remember": "s:v"}, now=NOW)]


def test_a_clean_up_that_fails_leaves_no_row(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def clean_up(withdrawal: services.Withdrawal) -> int:
        raise OSError

    accepted = choose(Method.ACCEPT_ALL).cookie.choice
    monkeypatch.setitem(services._clean_ups, F, [clean_up])
    with pytest.raises(OSError):
        choose(Method.NECESSARY_ONLY, current=accepted)
    assert records() == 1


def tick(current: str | None = None) -> services.ConsentCookie:
    account_id = factories.make_account("marketing").account_id
    return services.allow_functional_by_sign_in(
        current, texts=[BANNER_TEXT], language="fi", account_id=account_id, now=NOW, gpc=False
    )


def test_remember_me_before_any_choice_allows_functional_alone(context: Flask) -> None:
    choice = tick().choice
    assert choice.answers == {F: YES, A: UNASKED, M: UNASKED}
    assert services.asks(choice, gpc=False)
    assert services.categories_to_ask(choice) == (A, M)


def test_remember_me_after_a_refusal_leaves_the_other_answers(context: Flask) -> None:
    refused = choose(Method.NECESSARY_ONLY)
    choice = tick(refused.cookie.value).choice
    assert choice.answers == {F: YES, A: NO, M: NO}
    assert not services.asks(choice, gpc=False)


def test_the_banner_after_remember_me_answers_for_the_rest_alone(context: Flask) -> None:
    ticked = tick().choice
    assert choose(Method.NECESSARY_ONLY, current=ticked).cookie.choice.answers == {F: YES, A: NO, M: NO}
    everything = choose(Method.NECESSARY_ONLY, current=ticked, surface=Surface.SETTINGS)
    assert everything.cookie.choice.answers == {F: NO, A: NO, M: NO}


def test_choices_made_while_signed_in_are_found_by_account(context: Flask) -> None:
    cookie = tick()
    choose(Method.ACCEPT_ALL)
    account_id = db.session.scalar(
        select(ConsentDetail.account_id).where(ConsentDetail.record_id == cookie.choice.record_id)
    )
    assert account_id is not None
    (own,) = services.choices_of(account_id)
    assert (own.method, own.surface) == (Method.REMEMBER_TICK, Surface.SIGN_IN)
    assert [shown.body for shown in own.texts] == [BANNER_TEXT.body]


def test_only_what_changed_in_substance_is_asked_and_answered_again(context: Flask) -> None:
    before = NOW - timedelta(days=40)
    accepted = choose(Method.ACCEPT_ALL, now=before).cookie
    choice = read_choice(accepted.value, NOW)
    assert services.categories_to_ask(choice) == (A,)
    answered = choose(Method.NECESSARY_ONLY, current=choice, surface=Surface.SETTINGS).cookie.choice
    assert answered.answers == {F: YES, A: NO, M: YES}
    assert services.categories_to_ask(answered) == ()


@pytest.mark.parametrize(("gpc", "shows"), [(False, True), (True, False)])
def test_global_privacy_control_answers_for_those_who_have_not(gpc: bool, shows: bool) -> None:
    assert services.asks(NO_CHOICE, gpc=gpc) is shows


def test_an_explicit_choice_wins_over_global_privacy_control(context: Flask) -> None:
    recorded = choose(Method.ACCEPT_ALL, gpc=True)
    assert recorded.cookie.choice.allowed == frozenset(Category)


def test_a_record_gives_back_the_exact_text(context: Flask) -> None:
    recorded = choose(Method.ACCEPT_ALL)
    (shown,) = services.show(recorded.cookie.choice.record_id or "").texts
    assert shown.body.encode() == BANNER_TEXT.body.encode()
    assert (shown.kind, shown.language) == ("banner", "fi")


def test_an_unknown_record_is_not_found(context: Flask) -> None:
    with pytest.raises(NotFound):
        services.show("ABCD-EFGH-JKMN-PQRS-TUVW")


def test_each_choice_is_an_audit_event_without_its_content(context: Flask) -> None:
    choose(Method.ACCEPT_ALL)
    (entry,) = audit.latest()
    record = db.session.scalars(select(ConsentRecord)).one()
    assert entry.event.action is audit.AuditAction.CONSENT_RECORDED
    assert entry.detail is not None
    assert entry.detail.object == f"consent_record:{record.hash}"
    assert entry.detail.unit == "visitor"
