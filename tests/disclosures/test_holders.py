"""Who serves as a recipient: periods that do not overlap, nothing used is rewritten, everything audited."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.catalogues.fields import Category
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.catalogues.transfers import TransferGround, countries, is_outside_eea
from portal.core import audit
from portal.core.audit import SYSTEM
from portal.core.db import db
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.disclosures import holders, services
from portal.disclosures.holders import Period
from portal.disclosures.services import Wanted
from portal.register import recipients
from tests.conftest import START
from tests.disclosures.recipients import serves, terms
from tests.factories import make_customer

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def refusal(act: Any) -> tuple[str, str | None]:
    with pytest.raises(RuleViolation) as refused:
        act()
    return refused.value.code.value, refused.value.field


def used(holder_id: int, customer_id: int | None = None) -> None:
    wanted = Wanted(holder_id=holder_id, fields=["name"], ground=None, at=START)
    services.disclose(wanted, customer_id=customer_id or make_customer().id, actor=SYSTEM, now=START)


@pytest.mark.parametrize(
    ("recipient", "changes", "told"),
    [
        (Recipient.DATAHUB, {"name": "  "}, ("name-missing", "name")),
        (Recipient.DATAHUB, {"until_on": date(2019, 12, 31)}, ("ends-before-it-begins", "until_on")),
        (Recipient.DATAHUB, {"categories": frozenset()}, ("no-category", "categories")),
        (Recipient.DATAHUB, {"categories": frozenset({Category.FEEDBACK})}, ("category-not-for-role", "categories")),
        (
            Recipient.AUTHORITY,
            {"legal_basis": LegalBasis.LEGITIMATE_INTERESTS},
            ("basis-not-for-authority", "legal_basis"),
        ),
        (Recipient.AUTHORISED_PARTNER, {"country": "US"}, ("transfer-ground-missing", "transfer_ground")),
        (
            Recipient.AUTHORISED_PARTNER,
            {"country": "US", "transfer_ground": TransferGround.STANDARD_CLAUSES, "safeguards": " "},
            ("safeguards-missing", "safeguards"),
        ),
    ],
)
def test_terms_that_do_not_hold_are_refused_beside_the_field(
    recipient: Recipient, changes: dict[str, Any], told: tuple[str, str]
) -> None:
    assert refusal(lambda: holders.check(terms(recipient, **changes), others=[])) == told


def test_a_role_for_one_company_has_one_at_a_time(context: Flask) -> None:
    serves(name="Lindorff Oy", until_on=date(2026, 6, 30))
    assert refusal(lambda: serves(name="Uusi Perintä Oy", from_on=date(2026, 6, 30))) == ("role-taken", "from_on")
    serves(name="Uusi Perintä Oy", from_on=JULY)
    (now,) = recipients.in_force(JULY)[Recipient.INVOICING_AND_COLLECTION]
    (before,) = recipients.in_force(date(2026, 6, 30))[Recipient.INVOICING_AND_COLLECTION]
    assert (before.name, now.name) == ("Lindorff Oy", "Uusi Perintä Oy")


def test_authorities_are_many_but_each_is_there_once(context: Flask) -> None:
    serves(Recipient.AUTHORITY, name="Verohallinto")
    serves(Recipient.AUTHORITY, name="Poliisi")
    assert refusal(lambda: serves(Recipient.AUTHORITY, name="verohallinto", from_on=JULY)) == (
        "same-name-twice",
        "from_on",
    )
    assert [holder.name for holder in recipients.in_force(JULY)[Recipient.AUTHORITY]] == ["Poliisi", "Verohallinto"]


def test_a_company_outside_the_eea_has_its_ground_and_one_inside_has_none(context: Flask) -> None:
    ground = {"transfer_ground": TransferGround.ADEQUACY, "safeguards": "2023/1795"}
    outside = serves(Recipient.AUTHORISED_PARTNER, name="Example Inc.", country="US", **ground)
    inside = serves(Recipient.AUTHORISED_PARTNER, name="Esimerkki Ab", country="SE", **ground)
    assert (outside.is_outside_eea, outside.transfer_ground, outside.safeguards) == (True, "adequacy", "2023/1795")
    assert (inside.is_outside_eea, inside.transfer_ground, inside.safeguards) == (False, None, None)


def test_what_was_never_used_can_be_corrected_and_taken_away(context: Flask) -> None:
    holder = serves(name="Lidorff Oy")
    holders.correct(holder.id, terms(name="Lindorff Oy", from_on=JUNE), version=1, actor=SYSTEM, now=START)
    assert (holder.name, holder.from_on, holder.version) == ("Lindorff Oy", JUNE, 2)
    holders.remove(holder.id, version=2, actor=SYSTEM, now=START)
    with pytest.raises(NotFound):
        recipients.holder_of(holder.id)


def test_what_was_used_stays_and_only_ends(context: Flask) -> None:
    holder = serves()
    used(holder.id)
    change = lambda: holders.correct(holder.id, terms(name="Other"), version=1, actor=SYSTEM, now=START)  # noqa: E731
    assert refusal(change) == ("already-used", None)
    assert refusal(lambda: holders.remove(holder.id, version=1, actor=SYSTEM, now=START)) == ("already-used", None)

    def end(until_on: date | None, version: int) -> None:
        holders.end(holder.id, until_on=until_on, version=version, actor=SYSTEM, now=START)

    assert refusal(lambda: end(date(2026, 11, 23), 1)) == ("ends-before-last-use", "until_on")
    assert refusal(lambda: end(date(2019, 1, 1), 1)) == ("ends-before-it-begins", "until_on")
    end(date(2026, 11, 24), 1)
    assert recipients.in_force(date(2026, 11, 25)) == {}
    end(None, 2)
    assert holder.is_in_force(date(2030, 1, 1))


def test_an_end_is_not_taken_back_over_a_successor(context: Flask) -> None:
    first = serves(name="Lindorff Oy", until_on=date(2026, 6, 30))
    serves(name="Uusi Perintä Oy", from_on=JULY)
    back = lambda: holders.end(first.id, until_on=None, version=1, actor=SYSTEM, now=START)  # noqa: E731
    assert refusal(back) == ("role-taken", "until_on")


def test_the_second_of_two_editors_is_told(context: Flask) -> None:
    holder = serves()
    holders.end(holder.id, until_on=JULY, version=1, actor=SYSTEM, now=START)
    with pytest.raises(Stale):
        holders.end(holder.id, until_on=JUNE, version=1, actor=SYSTEM, now=START)
    db.session.refresh(holder)
    assert holder.until_on == JULY


def test_each_change_is_on_the_audit_trail_without_the_name(context: Flask) -> None:
    holder = serves(name="Salaperintä Oy")
    holders.correct(holder.id, terms(name="Salaperintä Oyj"), version=1, actor=SYSTEM, now=START)
    holders.end(holder.id, until_on=JULY, version=2, actor=SYSTEM, now=START)
    holders.remove(holder.id, version=3, actor=SYSTEM, now=START)
    entries = audit.latest(limit=4)
    assert [entry.event.action.value for entry in reversed(entries)] == [
        "recipient:add",
        "recipient:correct",
        "recipient:end",
        "recipient:remove",
    ]
    told = {(entry.detail.object, entry.detail.purpose) for entry in entries if entry.detail}
    assert told == {(f"recipient_holder:{holder.id}", "invoicing-and-collection")}


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
periods = st.builds(
    lambda first, days_on: Period(first, None if days_on is None else date.fromordinal(first.toordinal() + days_on)),
    days,
    st.none() | st.integers(0, 400),
)


@given(one=periods, other=periods, day=days)
def test_periods_overlap_when_a_day_is_in_both(one: Period, other: Period, day: date) -> None:
    def has(period: Period, day: date) -> bool:
        return period.from_on <= day and (period.until_on is None or day <= period.until_on)

    assert one.overlaps(other) is other.overlaps(one)
    if has(one, day) and has(other, day):
        assert one.overlaps(other)
    assert one.overlaps(other) is any(has(one, first) and has(other, first) for first in (one.from_on, other.from_on))


def test_countries_come_with_names_in_both_languages_those_of_the_eea_first() -> None:
    english, finnish = dict(countries("en_GB")), dict(countries("fi"))
    assert (english["SE"], finnish["SE"], finnish["US"]) == ("Sweden", "Ruotsi", "Yhdysvallat")
    assert english.keys() == finnish.keys() and "EU" not in english and len(english) > 200
    codes = [code for code, _name in countries("fi")]
    assert codes[:30] == [code for code in codes if not is_outside_eea(code)]
