"""The one rule of who may be contacted, and what outweighs what: every line of the tables written out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.permissions.models import Channel, HolderKind, State
from portal.permissions.rules import GROUNDS, Assessment, Facts, Imported, Reason, assessment, imported, merged

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
NATURAL, LEGAL, POTENTIAL = HolderKind.NATURAL, HolderKind.LEGAL, HolderKind.POTENTIAL
P, F, N = State.PERMISSION, State.PROHIBITION, State.NONE


@pytest.mark.parametrize(
    ("kind", "post", "phone", "email", "sms"),
    [
        (NATURAL, "allowed-by-law", "allowed-by-law", "permission-needed", "permission-needed"),
        (LEGAL, "organisation", "organisation", "organisation", "organisation"),
        (POTENTIAL, "potential-customer", "potential-customer", "potential-customer", "potential-customer"),
    ],
)
def test_without_a_choice_the_law_decides(kind: HolderKind, post: str, phone: str, email: str, sms: str) -> None:
    found = {channel: assessment(Facts(channel=channel, kind=kind)) for channel in Channel}
    assert {channel.value: answer.reasons[0].value for channel, answer in found.items()} == {
        "post": post,
        "phone": phone,
        "email": email,
        "sms": sms,
    }
    assert all(answer.is_allowed is (answer.reasons[0] in GROUNDS) for answer in found.values())


@pytest.mark.parametrize(
    ("facts", "is_allowed", "reasons"),
    [
        (Facts(channel=Channel.SMS, kind=NATURAL, state=P), True, ["permission"]),
        (Facts(channel=Channel.POST, kind=POTENTIAL, state=P), True, ["permission"]),
        (Facts(channel=Channel.POST, kind=LEGAL, state=F), False, ["prohibition"]),
        (Facts(channel=Channel.PHONE, kind=NATURAL, suppressed_at=NOW), False, ["suppressed"]),
        (Facts(channel=Channel.SMS, kind=NATURAL, suppressed_at=NOW), False, ["permission-needed", "suppressed"]),
        (Facts(channel=Channel.POST, kind=NATURAL, state=F, suppressed_at=NOW), False, ["prohibition"]),
        (Facts(channel=Channel.SMS, kind=NATURAL, state=P, has_contact_point=False), False, ["no-contact-point"]),
        (Facts(channel=Channel.POST, kind=NATURAL, state=P, is_protected=True), False, ["protected-address"]),
        (Facts(channel=Channel.PHONE, kind=NATURAL, state=P, is_protected=True), True, ["permission"]),
        (Facts(channel=Channel.PHONE, kind=NATURAL, state=P, has_contract_ended=True), False, ["contract-ended"]),
        (Facts(channel=Channel.PHONE, kind=NATURAL, state=P, is_restricted=True), False, ["restricted"]),
        (
            Facts(channel=Channel.POST, kind=NATURAL, has_contract_ended=True, is_protected=True),
            False,
            ["contract-ended", "protected-address"],
        ),
    ],
)
def test_everything_that_stands_in_the_way_is_told(facts: Facts, is_allowed: bool, reasons: list[str]) -> None:
    assert assessment(facts) == Assessment(is_allowed, tuple(Reason(reason) for reason in reasons))


@pytest.mark.parametrize(
    ("is_own_word", "since", "is_allowed"),
    [(True, 1, True), (True, 0, True), (True, -1, False), (False, 1, False)],
)
def test_only_ones_own_later_permission_opens_a_forbidden_contact(
    is_own_word: bool, since: int, is_allowed: bool
) -> None:
    facts = Facts(
        channel=Channel.EMAIL,
        kind=NATURAL,
        state=P,
        since=NOW + timedelta(minutes=since),
        is_own_word=is_own_word,
        suppressed_at=NOW,
    )
    assert assessment(facts).is_allowed is is_allowed


FACTS = st.builds(
    Facts,
    channel=st.sampled_from(Channel),
    kind=st.sampled_from(HolderKind),
    state=st.sampled_from(State),
    since=st.sampled_from([None, NOW, NOW + timedelta(days=1)]),
    is_own_word=st.booleans(),
    suppressed_at=st.sampled_from([None, NOW, NOW + timedelta(hours=1)]),
    has_contact_point=st.booleans(),
    is_protected=st.booleans(),
    has_contract_ended=st.booleans(),
)


@given(FACTS)
def test_an_answer_has_one_ground_or_only_obstacles(facts: Facts) -> None:
    answer = assessment(facts)
    assert answer.reasons
    assert len(set(answer.reasons)) == len(answer.reasons)
    assert answer.is_allowed is (len(answer.reasons) == 1 and answer.reasons[0] in GROUNDS)
    assert answer.is_allowed or not set(answer.reasons) & GROUNDS


@given(FACTS)
def test_who_has_forbidden_is_never_contacted(facts: Facts) -> None:
    if facts.state is State.PROHIBITION:
        assert not assessment(facts).is_allowed


DAYS = {"before": TODAY - timedelta(days=1), "same": TODAY, "after": TODAY + timedelta(days=1)}


@pytest.mark.parametrize(
    ("new", "current", "given_on", "is_suppressed", "outcome"),
    [
        (P, N, None, False, "applied"),
        (P, N, None, True, "kept"),
        (P, N, "before", False, "kept"),
        (P, N, "same", False, "kept"),
        (P, N, "after", False, "applied"),
        (P, N, "after", True, "kept"),
        (P, F, "after", False, "kept"),
        (P, P, "after", False, "unchanged"),
        (F, N, None, False, "applied"),
        (F, N, "before", False, "kept"),
        (F, N, "same", False, "applied"),
        (F, P, "before", False, "kept"),
        (F, P, "same", False, "applied"),
        (F, P, "after", True, "applied"),
        (F, F, "after", True, "unchanged"),
    ],
)
def test_what_another_system_says_is_weighed_against_the_persons_word(
    new: State, current: State, given_on: str | None, is_suppressed: bool, outcome: str
) -> None:
    chosen_on = None if given_on is None else TODAY
    found = imported(
        new,
        given_on=DAYS[given_on or "same"],
        current=current,
        chosen_on=chosen_on,
        is_suppressed=is_suppressed,
    )
    assert found is Imported(outcome)


@given(st.dates(), st.none() | st.dates(), st.booleans())
def test_an_import_never_ends_a_prohibition(given_on: date, chosen_on: date | None, is_suppressed: bool) -> None:
    for new in (P, F):
        found = imported(new, given_on=given_on, current=F, chosen_on=chosen_on, is_suppressed=is_suppressed)
        assert found is not Imported.APPLIED


@pytest.mark.parametrize(
    ("states", "state"), [({F, P}, F), ({F, N}, F), ({N, P}, N), ({P}, P), ({N}, N), ({F}, F), (set(), N)]
)
def test_of_two_records_the_strictest_wins(states: set[State], state: State) -> None:
    assert merged(states) is state
