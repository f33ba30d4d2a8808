"""The ledger of permissions, act by act in order of time, the state it leads to, and the marks of what is forbidden."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from portal.catalogues.sources import Source
from portal.core.audit import SYSTEM, VISITOR
from portal.demo.drawing import Drawing
from portal.permissions import suppression
from portal.permissions.holders import postal_contact
from portal.permissions.ledger import LINES, LineKey
from portal.permissions.models import (
    Channel,
    CurrentPermission,
    MarketingType,
    PermissionEvent,
    State,
    Suppression,
)

ADVERTISING, SELLING, OTHER, CONTACT = MarketingType
CUSTOMER_SERVICE = "customer-service"
UNIT_OF_SOURCE = {Source.OWN_CHANGE: VISITOR.unit, Source.CUSTOMER_CONTACT: CUSTOMER_SERVICE}
AT_LEAST_BETWEEN = timedelta(days=2)

ALL_OF_EMAIL = tuple(line for line in LINES if line[1] is Channel.EMAIL)
ALL_OF_PHONE = tuple(line for line in LINES if line[1] is Channel.PHONE)

# What people choose when they say something at all.
WISHES: tuple[tuple[Sequence[LineKey], int], ...] = (
    (((ADVERTISING, Channel.EMAIL),), 30),
    (((ADVERTISING, Channel.EMAIL), (ADVERTISING, Channel.SMS)), 20),
    (((ADVERTISING, Channel.POST), (ADVERTISING, Channel.EMAIL)), 10),
    (((CONTACT, Channel.PHONE), (CONTACT, Channel.EMAIL)), 15),
    (((CONTACT, Channel.SMS), (CONTACT, Channel.EMAIL)), 5),
    (((SELLING, Channel.PHONE),), 8),
    (((OTHER, Channel.EMAIL), (OTHER, Channel.SMS)), 6),
    (ALL_OF_EMAIL, 6),
)
# By where potential customers are from
FIRST_WISHES: dict[Source, Sequence[LineKey]] = {
    Source.COMPETITION: ((ADVERTISING, Channel.EMAIL),),
    Source.PRIZE_DRAW: ((ADVERTISING, Channel.EMAIL), (ADVERTISING, Channel.SMS), (CONTACT, Channel.PHONE)),
    Source.TELEPHONE_SALES: ((SELLING, Channel.PHONE), (CONTACT, Channel.PHONE)),
}


def draw_permissions(drawing: Drawing) -> None:
    """Of the last thirteen months, which the statistics go back; who had left by then says nothing any more."""
    if drawing.last_day <= drawing.history_begins:
        return
    match drawing.whose.permissions:
        case "withdrawn":
            _withdrawn(drawing)
        case "phone-no-email-yes":
            first, then = _two_days(drawing)
            _act(drawing, first, ALL_OF_EMAIL, State.PERMISSION, Source.CUSTOMER_CONTACT)
            _act(drawing, then, ALL_OF_PHONE, State.PROHIBITION, Source.CUSTOMER_CONTACT)
        case "own":
            _act(drawing, drawing.first_day, ((ADVERTISING, Channel.EMAIL),), State.PERMISSION, Source.CONTRACT)
        case "drawn" if drawing.whose.kind == "potential":
            _potential(drawing)
        case "drawn":
            _usual(drawing)
    drawing.rows[Suppression] += [*_marks(drawing)]


def _withdrawn(drawing: Drawing) -> None:
    """The last permission is taken back; a customer stays one."""
    given, taken = _two_days(drawing)
    lines = ((ADVERTISING, Channel.EMAIL),)
    _act(drawing, given, lines, State.PERMISSION, Source.CUSTOMER_CONTACT)
    _act(drawing, taken, lines, State.NONE, Source.OWN_CHANGE)


def _potential(drawing: Drawing) -> None:
    """Each has given a permission, or would not be here."""
    _act(
        drawing,
        drawing.customer.source_on,
        _reachable(drawing, FIRST_WISHES[drawing.customer.source]) or ((CONTACT, Channel.PHONE),),
        State.PERMISSION,
        drawing.customer.source,
    )


def _usual(drawing: Drawing) -> None:
    random = drawing.random
    wish = random.choices([lines for lines, _ in WISHES], weights=[weight for _, weight in WISHES])[0]
    wanted = _reachable(drawing, wish)
    first, then = _two_days(drawing)
    what = random.choices(("nothing", "allows", "no-phone", "no-marketing", "thinks-again"), weights=(45, 30, 12, 6, 7))
    match what[0]:
        case "allows":
            _act(drawing, first, wanted, State.PERMISSION, random.choice((Source.CONTRACT, Source.CUSTOMER_CONTACT)))
        case "no-phone":
            _act(drawing, first, ALL_OF_PHONE, State.PROHIBITION, Source.CUSTOMER_CONTACT)
        case "no-marketing":
            source = random.choice((Source.CUSTOMER_CONTACT, Source.OWN_CHANGE))
            _act(drawing, first, LINES, State.PROHIBITION, source)
        case "thinks-again":
            _act(drawing, first, wanted, State.PERMISSION, Source.CONTRACT)
            new = random.choice((State.NONE, State.PROHIBITION))
            _act(drawing, then, wanted, new, Source.CUSTOMER_CONTACT)


def _reachable(drawing: Drawing, lines: Iterable[LineKey]) -> Sequence[LineKey]:
    """Nobody allows e-mail without having any."""
    return tuple(line for line in lines if line[1] is not Channel.EMAIL or drawing.customer.email)


def _two_days(drawing: Drawing) -> tuple[date, date]:
    first, then = (max(day, drawing.history_begins) for day in drawing.days(2))
    return first, max(then, min(first + AT_LEAST_BETWEEN, drawing.last_day))


def _act(drawing: Drawing, on: date, lines: Sequence[LineKey], new: State, source: Source) -> None:
    """Add one act to the ledger; it takes the place of the state that it finds."""
    at = max(drawing.moment(on), _latest(drawing) + timedelta(minutes=5))
    act_id = drawing.id()
    current = {(row["type"], row["channel"]): row for row in drawing.rows[CurrentPermission]}
    for type, channel in lines:
        shared = {"customer_id": drawing.customer.id, "type": type, "channel": channel, "source": source}
        before = current.get((type, channel))
        drawing.rows[PermissionEvent].append(
            {
                "id": drawing.id(),
                **shared,
                "old_state": before["state"] if before else State.NONE,
                "new_state": new,
                "unit": UNIT_OF_SOURCE.get(source, SYSTEM.unit),
                "actor_id": None,
                "at": at,
                "act_id": act_id,
                "given_on": None,
                "wording_sha256": None,
                "wording_language": None,
            }
        )
        current[type, channel] = {
            "id": before["id"] if before else drawing.id(),
            **shared,
            "state": new,
            "source_on": at,
            "is_own_word": False,
        }
    drawing.rows[CurrentPermission] = list(current.values())


def _latest(drawing: Drawing) -> datetime:
    events = drawing.rows[PermissionEvent]
    return events[-1]["at"] if events else drawing.moment(drawing.first_day) - timedelta(days=1)


def _marks(drawing: Drawing) -> Iterable[dict[str, object]]:
    """Every prohibition leaves its mark on the contact point, as it does when a customer makes it."""
    for row in drawing.rows[CurrentPermission]:
        contact = _contact(drawing, row["channel"])
        if row["state"] is not State.PROHIBITION or contact is None:
            continue
        yield {
            "id": drawing.id(),
            "contact_hash": suppression.contact_hash(contact),
            "holder_hash": suppression.holder_hash(drawing.customer.id),
            "type": row["type"],
            "channel": row["channel"],
            "since": row["source_on"],
        }


def _contact(drawing: Drawing, channel: Channel) -> str | None:
    customer, billing = drawing.customer, drawing.billing
    match channel:
        case Channel.EMAIL:
            return customer.email
        case Channel.PHONE | Channel.SMS:
            return customer.phone
        case Channel.POST:
            return postal_contact(customer.name, billing.street, billing.postal_code) if billing else None
