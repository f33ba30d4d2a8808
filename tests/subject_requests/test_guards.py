"""Each guard by itself: what it lets through, what it refuses, and beside which field it says so."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.core import audit
from portal.core.roles import Role
from portal.subject_requests import guards, workflow
from portal.subject_requests.guards import Facts, Who, acts_as
from portal.subject_requests.kinds import (
    Channel,
    DocumentType,
    ExtensionReason,
    Ground,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Status,
)
from portal.subject_requests.models import Letter, RequestItem, SubjectRequest
from tests.conftest import START
from tests.subject_requests.people import CLERK, DECIDER, MARKETER, customer_actor

TODAY = date(2026, 11, 24)
CONTACT, PORTAL, STRONG = IdentityLevel.CONTACT, IdentityLevel.PORTAL, IdentityLevel.STRONG
OWN_CASE_OF_7 = audit.Actor(account_id=15, role=Role.CLERK, unit="customer-service", customer_id=7)


def item(outcome: Outcome | None, ground: Ground | None = None, reasons: str | None = None, at: int = 0) -> Any:
    """An item as it is told here; only an application has the keys that its reasons are kept with."""
    return {"position": at, "outcome": outcome, "ground": ground, "reasons": reasons}


def case(**values: Any) -> SubjectRequest:
    usual = {"id": 1, "kind": Kind.CORRECTION, "status": Status.IN_REVIEW, "customer_id": 7, "identity_level": PORTAL}
    return SubjectRequest(**{**usual, "received_on": TODAY, "statutory_on": TODAY, "channel": Channel.PORTAL, **values})


def target(**values: Any) -> Facts:
    has_same_scope = values.pop("has_same_scope", True)
    return Facts(target=case(**{"id": 2, "status": Status.RECEIVED, **values}), has_same_scope=has_same_scope)


GRANTED, REFUSED = item(Outcome.GRANT), item(Outcome.REFUSE, Ground.NOT_SUBSTANTIATED, "Because.")
UNFOUNDED = item(Outcome.REFUSE, Ground.UNFOUNDED_OR_EXCESSIVE, "Because.")
WITHOUT_WORDS = item(Outcome.REFUSE, Ground.DATA_CORRECT, " ")
UNIDENTIFIED = item(Outcome.REFUSE, Ground.NOT_IDENTIFIED, "Because.")
WITHHELD = item(Outcome.PARTLY, Ground.WITHHELD_HARM, "Because.")
VISIT = {"channel": Channel.VISIT, "identity_method": IdentityMethod.ID_DOCUMENT}
WITH_PASSPORT = {**VISIT, "document_type": DocumentType.PASSPORT}
BY_PORTAL = Facts(answer_channel=Channel.PORTAL, reachable_by=frozenset({Channel.PORTAL}))
BY_LETTER = Facts(answer_channel=Channel.LETTER, reachable_by=frozenset({Channel.LETTER}))
ERASURE, OBJECTION, ACCESS, OPT_OUT = Kind.ERASURE, Kind.OBJECTION, Kind.ACCESS, Kind.OPT_OUT

# guard, case, facts, what it says: nothing, or the code and the field
ROWS: list[tuple[str, dict[str, Any], Facts, str | None, str | None]] = [
    ("arrived_by_today", {}, Facts(today=TODAY), None, None),
    ("arrived_by_today", {}, Facts(today=TODAY - timedelta(days=1)), "future-arrival", "received_on"),
    ("visit_checked", {}, Facts(), None, None),
    ("visit_checked", {"channel": Channel.VISIT, "identity_method": IdentityMethod.NONE}, Facts(), None, None),
    ("visit_checked", {**VISIT, "channel": Channel.LETTER}, Facts(), None, None),
    ("visit_checked", VISIT, Facts(), "visit-without-document", "document_type"),
    ("visit_checked", WITH_PASSPORT, Facts(), "visit-without-document", "checked_by"),
    ("visit_checked", {**WITH_PASSPORT, "document_checked_by": "K"}, Facts(), None, None),
    ("identified", {}, Facts(), None, None),
    ("identified", {"identity_level": CONTACT}, Facts(), "weak-identity", None),
    ("identified", {"identity_level": CONTACT, "kind": OBJECTION}, Facts(), None, None),
    ("assigned", {"assignee_account_id": 11}, Facts(), None, None),
    ("assigned", {}, Facts(), "no-assignee", "assignee"),
    ("not_at_once", {}, Facts(), None, None),
    ("not_at_once", {"kind": OPT_OUT}, Facts(), "never-for-at-once", None),
    ("at_once", {"kind": OPT_OUT}, Facts(), None, None),
    ("at_once", {}, Facts(), "not-at-once", None),
    ("reason_given", {}, Facts(text="Why."), None, None),
    ("reason_given", {}, Facts(text="  "), "no-reason", "reason"),
    ("customer_told", {}, Facts(is_customer_told=True), None, None),
    ("customer_told", {}, Facts(), "no-question", "question"),
    ("not_paused", {}, Facts(), None, None),
    ("not_paused", {"paused_from": TODAY}, Facts(), "already-paused", None),
    ("pause_closed", {}, Facts(), None, None),
    ("pause_closed", {"paused_from": TODAY}, Facts(), "pause-open", None),
    ("waited", {}, Facts(today=TODAY), "wait-not-over", None),
    ("waited", {"paused_from": TODAY - timedelta(days=29)}, Facts(today=TODAY), "wait-not-over", None),
    ("waited", {"paused_from": TODAY - timedelta(days=30)}, Facts(today=TODAY), None, None),
    ("extendable", {}, Facts(today=TODAY), None, None),
    ("extendable", {}, Facts(today=TODAY + timedelta(days=1)), "too-late-to-extend", None),
    ("extendable", {"extension_reason": ExtensionReason.NUMBER}, Facts(today=TODAY), "already-extended", None),
    ("extension_told", {}, Facts(reason=ExtensionReason.NUMBER, text="Many.", is_customer_told=True), None, None),
    ("extension_told", {}, Facts(text="Many.", is_customer_told=True), "no-reason", "reason"),
    ("extension_told", {}, Facts(reason=ExtensionReason.NUMBER, is_customer_told=True), "no-reasons", "explanation"),
    ("extension_told", {}, Facts(reason=ExtensionReason.NUMBER, text="Many."), "no-reasons", "explanation"),
    ("not_own", {}, Facts(actor=CLERK), None, None),
    ("not_own", {}, Facts(actor=OWN_CASE_OF_7), "own-case", None),
    ("not_own", {"customer_id": 8}, Facts(actor=OWN_CASE_OF_7), None, None),
    ("every_item_decided", {}, Facts(), "no-outcome", None),
    ("every_item_decided", {}, Facts(items=[GRANTED, item(None, at=1)]), "no-outcome", "items-1-outcome"),
    ("every_item_decided", {}, Facts(items=[item(Outcome.PARTLY)]), "no-ground", "items-0-ground"),
    ("every_item_decided", {}, Facts(items=[WITHOUT_WORDS]), "no-reasons", "items-0-reasons"),
    ("every_item_decided", {}, Facts(items=[WITHHELD]), "ground-unfit", "items-0-ground"),
    ("every_item_decided", {"kind": ACCESS}, Facts(items=[WITHHELD]), None, None),
    ("every_item_decided", {}, Facts(items=[GRANTED, REFUSED]), None, None),
    ("competent", {}, Facts(actor=CLERK, items=[GRANTED]), None, None),
    ("competent", {"kind": ACCESS}, Facts(actor=CLERK, items=[GRANTED]), None, None),
    ("competent", {}, Facts(actor=CLERK, items=[GRANTED, REFUSED]), "reserved", None),
    ("competent", {}, Facts(actor=CLERK, items=[GRANTED], is_reserved=True), "reserved", None),
    ("competent", {"kind": OBJECTION}, Facts(actor=CLERK, items=[GRANTED]), "reserved", None),
    ("competent", {"kind": OBJECTION}, Facts(actor=DECIDER, items=[REFUSED], is_reserved=True), None, None),
    ("two_decide", {"kind": ERASURE}, Facts(items=[GRANTED]), None, None),
    ("two_decide", {"kind": ERASURE}, Facts(items=[REFUSED, GRANTED]), None, None),
    ("two_decide", {"kind": ERASURE}, Facts(items=[REFUSED]), "one-decides", None),
    ("two_decide", {}, Facts(items=[GRANTED]), "one-decides", None),
    ("one_decides", {"kind": ERASURE}, Facts(items=[GRANTED]), "needs-two", None),
    ("one_decides", {"kind": ERASURE}, Facts(items=[REFUSED]), None, None),
    ("one_decides", {}, Facts(items=[GRANTED]), None, None),
    ("proposed_by_another", {}, Facts(actor=DECIDER), "no-proposal", None),
    ("proposed_by_another", {"proposed_by_account_id": 12}, Facts(actor=DECIDER), "same-person", None),
    ("proposed_by_another", {"proposed_by_account_id": 21}, Facts(actor=DECIDER), None, None),
    ("assessed", {}, Facts(items=[REFUSED]), None, None),
    ("assessed", {}, Facts(items=[UNFOUNDED]), "no-assessment", "assessment"),
    ("assessed", {}, Facts(items=[UNFOUNDED], assessment=" "), "no-assessment", "assessment"),
    ("assessed", {}, Facts(items=[UNFOUNDED], assessment="Weighed."), None, None),
    ("assessed", {"kind": OBJECTION}, Facts(items=[GRANTED]), None, None),
    ("assessed", {"kind": OBJECTION}, Facts(items=[GRANTED, REFUSED]), "no-assessment", "assessment"),
    ("reminded", {}, Facts(), "not-reminded", None),
    ("reminded", {"identity_reminded_at": START}, Facts(), None, None),
    ("refused_as_unidentified", {}, Facts(items=[UNIDENTIFIED]), None, None),
    ("refused_as_unidentified", {}, Facts(items=[UNIDENTIFIED, GRANTED]), "weak-identity", "items-0-ground"),
    ("refused_as_unidentified", {}, Facts(items=[REFUSED]), "weak-identity", "items-0-ground"),
    ("something_withheld", {}, Facts(items=[GRANTED, WITHHELD]), None, None),
    ("something_withheld", {}, Facts(items=[GRANTED, REFUSED]), "nothing-withheld", None),
    ("restricted", {}, Facts(is_restricted=True), None, None),
    ("restricted", {}, Facts(), "not-restricted", None),
    ("belongs_to_nobody", {"customer_id": None}, Facts(actor=CLERK, joins=7), None, None),
    ("belongs_to_nobody", {}, Facts(actor=CLERK, joins=7), "already-joined", "customer_number"),
    ("belongs_to_nobody", {"customer_id": None}, Facts(actor=CLERK), "already-joined", "customer_number"),
    ("belongs_to_nobody", {"customer_id": None}, Facts(actor=OWN_CASE_OF_7, joins=7), "own-case", "customer_number"),
    ("by_category", {"kind": ACCESS}, Facts(), None, None),
    ("by_category", {}, Facts(), "not-by-category", None),
    ("nothing_stale", {}, Facts(), None, None),
    ("nothing_stale", {}, Facts(stale_positions=frozenset({3, 1})), "stale-value", "items-1-outcome"),
    ("has_letter", {}, Facts(letter=Letter(sha256="0" * 64)), None, None),
    ("has_letter", {}, Facts(letter=Letter(sha256=None)), "no-letter", None),
    ("has_letter", {}, Facts(), "no-letter", None),
    ("on_paper", {"answer_channel": Channel.LETTER}, Facts(), None, None),
    ("on_paper", {"answer_channel": Channel.LETTER}, Facts(is_letter_sent=True), "nothing-to-post", None),
    ("on_paper", {"answer_channel": Channel.EMAIL}, Facts(), "nothing-to-post", None),
    ("on_paper", {"answer_channel": None}, Facts(), "nothing-to-post", None),
    ("tasks_done", {}, Facts(), None, None),
    ("tasks_done", {}, Facts(open_tasks=[2, 3]), "open-tasks", "tasks-2-outcome"),
    ("something_done", {}, Facts(), "nothing-done", None),
    ("something_done", {}, Facts(recorded_tasks=1), None, None),
    ("something_done", {}, Facts(open_tasks=[1]), "nothing-done", "tasks-1-outcome"),
    ("something_unread", {"unread_since": START}, Facts(), None, None),
    ("something_unread", {}, Facts(), "nothing-unread", None),
    ("noted_by_staff", {}, Facts(actor=customer_actor(7)), None, None),
    ("noted_by_staff", {}, Facts(), None, None),
    ("noted_by_staff", {}, Facts(actor=CLERK, text="By phone."), None, None),
    ("noted_by_staff", {}, Facts(actor=CLERK, text=" "), "no-note", "note"),
    ("better_known", {"identity_level": CONTACT}, Facts(shown=PORTAL), None, None),
    ("better_known", {}, Facts(shown=STRONG), None, None),
    ("better_known", {}, Facts(), "no-method", "method"),
    ("better_known", {}, Facts(shown=PORTAL), "known-already", "method"),
    ("better_known", {"identity_level": STRONG}, Facts(shown=PORTAL), "known-already", "method"),
    ("document_named", {}, Facts(), None, None),
    ("document_named", VISIT, Facts(), None, None),
    ("document_named", VISIT, Facts(shown=STRONG), "visit-without-document", "document_type"),
    ("document_named", WITH_PASSPORT, Facts(shown=STRONG), None, None),
    ("copy_goes_to_the_known", {}, Facts(), None, None),
    ("copy_goes_to_the_known", {}, Facts(is_copy_given=True), "copy-needs-strong", None),
    ("copy_goes_to_the_known", {"identity_level": STRONG}, Facts(is_copy_given=True), None, None),
    ("answered_where_asked", {}, Facts(), None, None),
    ("answered_where_asked", {}, BY_PORTAL, None, None),
    ("answered_where_asked", {}, Facts(answer_channel=Channel.PORTAL), "not-reached", "channel"),
    ("answered_where_asked", {}, BY_LETTER, "paper-not-asked", "wish"),
    ("answered_where_asked", {}, replace(BY_LETTER, text=" "), "paper-not-asked", "wish"),
    ("answered_where_asked", {}, replace(BY_LETTER, text="Asked for paper."), None, None),
    ("answered_where_asked", {"channel": Channel.EMAIL}, BY_LETTER, "paper-not-asked", "wish"),
    ("answered_where_asked", {"channel": Channel.LETTER}, BY_LETTER, None, None),
    ("answered_where_asked", {"channel": Channel.PHONE}, BY_LETTER, None, None),
    ("mergeable", {}, target(), None, None),
    ("mergeable", {}, target(status=Status.IN_REVIEW), None, None),
    ("mergeable", {}, Facts(), "not-mergeable", "target"),
    ("mergeable", {}, target(id=1), "not-mergeable", "target"),
    ("mergeable", {}, target(status=Status.DECIDED), "not-mergeable", "target"),
    ("mergeable", {}, target(status=Status.CLOSED), "not-mergeable", "target"),
    ("mergeable", {}, target(kind=ACCESS), "not-mergeable", "target"),
    ("mergeable", {}, target(customer_id=8), "not-mergeable", "target"),
    ("mergeable", {"customer_id": None}, target(customer_id=None), "not-mergeable", "target"),
    ("mergeable", {}, target(has_same_scope=False), "not-mergeable", "target"),
    ("mergeable", {}, target(identity_level=CONTACT), "not-mergeable", "target"),
]  # fmt: skip


@pytest.mark.parametrize(("guard", "values", "facts", "code", "field"), ROWS)
def test_a_guard_refuses_exactly_this(
    context: Flask, guard: str, values: dict[str, Any], facts: Facts, code: str | None, field: str | None
) -> None:
    items = [RequestItem(id=number, **told) for number, told in enumerate(facts.items, start=1)]
    refusal = getattr(guards, guard)(case(**values), replace(facts, items=items))
    assert (refusal and refusal.code.value, refusal and refusal.field) == (code, field)


# Law.md section 3 and S13, S27: a guard that left its step would leave no other trace in the table.
GUARDS = """
submit               arrived_by_today visit_checked
take                 not_own assigned identified
ask-identity         not_own not_at_once reason_given customer_told not_paused
identity-answered    not_own pause_closed document_named identified
refuse-unidentified  not_own waited reminded every_item_decided refused_as_unidentified
extend               not_own not_at_once extendable extension_told
decide               not_own not_at_once identified every_item_decided competent assessed one_decides nothing_stale
propose              not_own identified every_item_decided assessed two_decide
approve              not_own identified proposed_by_another every_item_decided two_decide
grant-at-once        at_once
answer               not_own has_letter answered_where_asked
close                not_own tasks_done copy_goes_to_the_known
withdraw             not_own not_at_once noted_by_staff
merge                not_own identified mergeable
assign
message
note
split                not_own by_category
change-arrival       not_own reason_given arrived_by_today
remind-identity      noted_by_staff
hold                 customer_told
recount
absorb               not_own
ask-ombudsman        something_withheld
lift-restriction     not_own restricted reason_given customer_told
join-customer        belongs_to_nobody identified noted_by_staff
show-identity        not_own noted_by_staff better_known document_named
record-tasks         not_own something_done copy_goes_to_the_known
mark-read            not_own something_unread
send-letter          not_own on_paper
"""


def test_every_step_is_guarded_as_it_is_written() -> None:
    written = [line.split() for line in GUARDS.strip().splitlines()]
    found = [[step.name.value, *(guard.__name__ for guard in step.guards)] for step in workflow.TABLE.values()]
    assert found == written


def test_every_guard_is_tried_both_ways() -> None:
    used = {guard.__name__ for step in workflow.TABLE.values() for guard in step.guards}
    assert used == {guard for guard, *_, code, _field in ROWS if code is None}
    assert used == {guard for guard, *_, code, _field in ROWS if code is not None}


@pytest.mark.parametrize(
    ("actor", "roles"),
    [
        (customer_actor(7), {Who.CUSTOMER}),
        (CLERK, {Who.CLERK}),
        (DECIDER, {Who.CLERK, Who.DECISION_MAKER}),
        (MARKETER, set()),
        (audit.SYSTEM, {Who.SYSTEM}),
    ],
)
def test_an_actor_acts_as(actor: audit.Actor, roles: set[Who]) -> None:
    assert {who: acts_as(actor, who) for who in Who} == {who: who in roles for who in Who}
