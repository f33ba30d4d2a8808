"""Requests of the invented customers, arrived on the awkward dates and through every channel."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from portal.accounts import directory
from portal.core.audit import Actor
from portal.register import reading
from portal.subject_requests import handling, services
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.handling import ItemDecision
from portal.subject_requests.kinds import Channel, DocumentType, IdentityMethod, Kind, Outcome, Place
from portal.subject_requests.services import Arrival

# Law.md section 2: the last of January, before Easter, before Midsummer. They were answered in time.
AWKWARD_DAYS = ((1, 31), (3, 5), (5, 20))
ANSWERED_AFTER = timedelta(days=12)


def load_requests(customer_ids: Mapping[int, int], *, today: date) -> None:
    """A desk with work on it; needs the first ten customers and the demo sign-ins."""
    if len(customer_ids) < 10:
        return
    clerk, decider = _actor("clerk1"), _actor("decider1")
    for index, (month, day) in enumerate(AWKWARD_DAYS, start=4):
        received_on = _last(month, day, today)
        case = services.submit_correction(
            customer_id=customer_ids[index],
            items=[ProposedItem(field="phone", value_seen=None, proposed=f"044 000 99{index:02d}")],
            grounds="Numero on vaihtunut.",
            actor=clerk,
            now=_at(received_on),
            arrival=_by_visit(received_on),
        )
        _grant(case.public_id, actor=decider, now=_at(received_on + ANSWERED_AFTER))
    _load_open_requests(customer_ids, clerk=clerk, today=today)


def _load_open_requests(customer_ids: Mapping[int, int], *, clerk: Actor, today: date) -> None:
    """One nearly due, some fresh, an unsigned letter, and a request in English.

    Nothing that the four who can sign in have asked for keeps marketing from them: visitors try their choices.
    """
    aino, oliver, helmi, urho, siiri = (customer_ids[index] for index in (0, 1, 5, 7, 8))
    site = _first_site(aino)
    services.submit_correction(
        customer_id=aino,
        items=[ProposedItem(field=f"estimate_kwh:{site}", value_seen=None, proposed="21 450")],
        grounds="Asennutimme sähkökiukaan, ja kulutus on kasvanut.",
        actor=_actor("aino"),
        now=_at(today - timedelta(days=26)),
    )
    services.submit_correction(
        customer_id=oliver,
        items=[ProposedItem(field=f"main_fuse:{_first_site(oliver)}", value_seen=None, proposed="3x63 A")],
        grounds="The main fuse was changed when the charging point was put in.",
        actor=_actor("oliver"),
        now=_at(today - timedelta(days=3)),
    )
    services.submit(
        Kind.ACCESS,
        customer_id=urho,
        text="Haluan tietää, mitä tietoja minusta on.",
        actor=clerk,
        now=_at(today - timedelta(days=9)),
        arrival=Arrival(
            channel=Channel.LETTER,
            received_on=today - timedelta(days=9),
            place=Place.ENERGIA,
            is_signed=False,
        ),
    )
    services.submit_correction(
        customer_id=helmi,
        items=[ProposedItem(field="email", value_seen=None, proposed="helmi.lumipuro@example.org")],
        grounds="Vanha osoite on ollut pois käytöstä kesästä asti.",
        actor=clerk,
        now=_at(today - timedelta(days=2)),
        arrival=_by_visit(today - timedelta(days=2)),
    )
    services.submit(
        Kind.OBJECTION,
        customer_id=siiri,
        text="Vastustan tietojeni käyttöä liiketoiminnan kehittämiseen.",
        actor=clerk,
        now=_at(today - timedelta(days=1)),
        arrival=Arrival(
            channel=Channel.EMAIL,
            received_on=today - timedelta(days=1),
            identity_method=IdentityMethod.CONTACT_CODE,
        ),
    )
    _load_unusual_requests(customer_ids, clerk=clerk, today=today)


def _load_unusual_requests(customer_ids: Mapping[int, int], *, clerk: Actor, today: date) -> None:
    """Somebody who has not shown yet who they are, and an erasure that waits for a second decision-maker."""
    hilma, venla = customer_ids[4], customer_ids[6]
    called_on = today - timedelta(days=6)
    by_phone = services.submit(
        Kind.ACCESS,
        customer_id=hilma,
        text="Haluan kuulla asiakaspuheluni.",
        actor=clerk,
        now=_at(called_on),
        arrival=Arrival(channel=Channel.PHONE, received_on=called_on, place=Place.ENERGIA),
    )
    handling.ask_identity(
        public_id=by_phone.public_id,
        reason="Soittaja tiesi vain nimen.",
        question="Kirjaudu portaaliin, tai käy luonamme henkilöllisyystodistuksen kanssa.",
        actor=clerk,
        now=_at(called_on),
    )
    came_on = today - timedelta(days=12)
    erasure = services.submit(
        Kind.ERASURE,
        customer_id=venla,
        text="Muutin pois. Poistakaa kaikki tietoni.",
        actor=clerk,
        now=_at(came_on),
        arrival=_by_visit(came_on),
    )
    handling.take(public_id=erasure.public_id, actor=clerk, now=_at(came_on))
    handling.decide(
        public_id=erasure.public_id,
        decisions={0: ItemDecision(outcome=Outcome.GRANT)},
        actor=_actor("decider1"),
        now=_at(today - timedelta(days=3)),
    )


def _grant(public_id: str, *, actor: Actor, now: datetime) -> None:
    decisions = {0: ItemDecision(outcome=Outcome.GRANT)}
    handling.take(public_id=public_id, actor=actor, now=now)
    handling.decide(public_id=public_id, decisions=decisions, actor=actor, now=now)
    handling.answer(public_id=public_id, actor=actor, now=now)


def _by_visit(received_on: date) -> Arrival:
    return Arrival(
        channel=Channel.VISIT,
        received_on=received_on,
        place=Place.ENERGIA,
        identity_method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.IDENTITY_CARD,
        checked_by="Tuulikki Rantapelto",
    )


def _first_site(customer_id: int) -> int | None:
    groups = {group.spec.category.value: group for group in reading.records_of(customer_id)}
    return groups["site"].records[0].record_id


def _actor(username: str) -> Actor:
    account = directory.by_username(username)
    if account is None:
        raise LookupError(username)
    return account.actor


def _last(month: int, day: int, today: date) -> date:
    """The last such day that is far enough behind to have been answered."""
    this_year = date(today.year, month, day)
    return this_year if this_year + 2 * ANSWERED_AFTER < today else date(today.year - 1, month, day)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(8, 30), UTC)
