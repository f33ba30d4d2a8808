"""What is held besides the fields of the register, as tables: PDF and CSV write the same rows, each in its way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from portal.catalogues.cookies import CATEGORY_LABELS
from portal.consents import labels as consent_words
from portal.core.crypto import DAMAGED, readable
from portal.disclosures import labels as disclosure_words
from portal.own_data import labels
from portal.own_data.holdings import Holdings
from portal.permissions import labels as permission_words
from portal.register.care import contact_log
from portal.register.care import labels as care_words
from portal.register.care.models import Mandate
from portal.subject_requests import labels as request_words
from portal.web import formatting
from portal.web.csv_files import Cell
from portal.web.templates import CANNOT_BE_READ


@dataclass(frozen=True)
class Hand:
    """How days and moments are written: in words on paper, as ISO in files."""

    day: Callable[[date | None], Cell]
    moment: Callable[[datetime | None], Cell]


PAPER = Hand(day=formatting.written_date, moment=formatting.moment)
FILE = Hand(day=lambda day: day, moment=lambda moment: moment)


@dataclass(frozen=True)
class Table:
    """`key` names the file of the table."""

    key: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def disclosures(held: Holdings, hand: Hand) -> Table:
    return Table(
        "disclosures",
        _("To whom your data was given"),
        [_("When"), _("Recipient"), _("Role"), _("Legal ground"), _("What was given"), _("Outside the EU and the EEA")],
        [
            [
                hand.moment(row.disclosed_at),
                disclosure_words.name_of(row),
                str(disclosure_words.ROLES[row.recipient]),
                disclosure_words.legal_ground(row.legal_ground),
                disclosure_words.fields_named(row.fields),
                disclosure_words.transfer(row.holder),
            ]
            for row in held.disclosures
        ],
    )


def viewings(held: Holdings, hand: Hand) -> Table:
    return Table(
        "viewings",
        _("When our staff opened your data"),
        [_("When"), _("Unit"), _("Reason"), _("What was seen"), _("Request")],
        [
            [
                hand.moment(entry.event.at),
                str(labels.UNITS[entry.detail.unit]) if entry.detail else None,
                labels.view_purpose(entry.detail.purpose) if entry.detail else None,
                labels.part_seen(entry.detail) if entry.detail else None,
                entry.detail.case if entry.detail else None,
            ]
            for entry in held.viewings
        ],
    )


def doings(held: Holdings, hand: Hand) -> list[Table]:
    """What the person has chosen, asked for and written, and where they are signed in."""
    return [
        _permissions(held, hand),
        _permission_history(held, hand),
        _cookie_choices(held, hand),
        _requests(held, hand),
        _request_items(held),
        _request_messages(held, hand),
        _devices(held, hand),
    ]


def care(held: Holdings, hand: Hand) -> list[Table]:
    """Who may speak for the person, what was said, and paper: none of it is a field of the register (R21)."""
    return [_mandates(held, hand), _mandates_held(held, hand), _contacts(held, hand), _papers(held, hand)]


def _mandates(held: Holdings, hand: Hand) -> Table:
    rows: list[list[Cell]] = [
        [
            _kept(row, "name"),
            _kept(row, "contact"),
            *_mandate(row, hand),
            str(care_words.EVIDENCE[row.evidence]),
            hand.day(row.evidence_checked_on),
        ]
        for row in held.care.mandates
    ]
    columns = [_("Representative"), _("Contact"), *_mandate_columns(), _("Document that was seen"), _("Checked on")]
    return Table("mandates", _("Who may speak for you"), columns, rows)


def _mandates_held(held: Holdings, hand: Hand) -> Table:
    rows = [_mandate(one.mandate, hand) for one in held.care.mandates_held]
    return Table("mandates-held", _("Mandates that you hold for others"), _mandate_columns(), rows)


def _mandate_columns() -> list[str]:
    return [_("Kind"), _("Matters"), _("Valid from"), _("Last day in force"), _("Ended on"), _("Why it ended")]


def _mandate(row: Mandate, hand: Hand) -> list[Cell]:
    return [
        str(care_words.MANDATE_KINDS[row.kind]),
        str(care_words.MANDATE_SCOPES[row.scope]),
        hand.day(row.valid_from),
        hand.day(row.valid_until),
        hand.day(row.ended_on),
        str(care_words.MANDATE_ENDS[row.end_reason]) if row.end_reason else None,
    ]


def _contacts(held: Holdings, hand: Hand) -> Table:
    columns = [_("When"), _("How"), _("Which way"), _("About"), _("Note"), _("Request"), _("Call recorded")]
    return Table(
        "contacts",
        _("Contacts between you and us"),
        [*columns, _("Unit"), _("Correction"), _("Kept until")],
        [
            [
                hand.moment(entry.happened_at),
                str(care_words.CHANNELS[entry.channel]),
                str(care_words.DIRECTIONS_OWN[entry.direction]),
                str(care_words.TOPICS[entry.topic]),
                _kept(entry, "note"),
                entry.case,
                _("yes") if entry.is_recorded else _("no"),
                str(labels.UNITS[entry.unit]),
                labels.correction(entry.id in held.care.corrected, entry.corrects_id is not None),
                hand.day(contact_log.kept_until(entry)),
            ]
            for entry in held.care.contacts
        ],
    )


def _papers(held: Holdings, hand: Hand) -> Table:
    return Table(
        "manual-material",
        _("Paper about you"),
        [_("What"), _("Since"), _("Destroyed")],
        [
            [str(care_words.PAPERS[paper.kind]), hand.day(paper.kept_since), hand.day(paper.destroyed_on)]
            for paper in held.care.papers
        ],
    )


def _permissions(held: Holdings, hand: Hand) -> Table:
    return Table(
        "permissions-now",
        _("Direct marketing: what is allowed now"),
        [_("Type"), _("Channel"), _("State"), _("Allowed"), _("Source"), _("Since")],
        [
            [
                str(permission_words.TYPES[line.type]),
                str(permission_words.CHANNELS[line.channel]),
                str(permission_words.STATES[line.state]),
                _("yes") if line.is_allowed else _("no"),
                str(labels.SOURCES[line.source]) if line.source else None,
                hand.moment(line.since) if line.since else None,
            ]
            for line in held.permissions
        ],
    )


def _permission_history(held: Holdings, hand: Hand) -> Table:
    return Table(
        "permission-history",
        _("Changes of marketing permissions"),
        [_("When"), _("Type"), _("Channel"), _("Before"), _("After"), _("Source"), _("By")],
        [
            [
                hand.moment(event.at),
                str(permission_words.TYPES[event.type]),
                str(permission_words.CHANNELS[event.channel]),
                str(permission_words.STATES[event.old_state]),
                str(permission_words.STATES[event.new_state]),
                str(labels.SOURCES[event.source]),
                str(labels.UNITS[event.unit]),
            ]
            for event in held.permission_history
        ],
    )


def _cookie_choices(held: Holdings, hand: Hand) -> Table:
    return Table(
        "cookie-choices",
        _("Cookie choices made while signed in"),
        [
            _("When"),
            _("Expires"),
            _("Language"),
            _("Where"),
            _("How"),
            *(str(label) for category, label in CATEGORY_LABELS.items() if category != "necessary"),
            _("Notice version"),
            _("Record code"),
        ],
        [
            [
                hand.moment(choice.given_at),
                hand.moment(choice.expires_at),
                choice.language,
                str(consent_words.SURFACES[choice.surface]),
                str(consent_words.METHODS[choice.method]),
                *(
                    str(consent_words.ANSWERS[choice.answers[category]])
                    for category in CATEGORY_LABELS
                    if category in choice.answers
                ),
                choice.notice_version,
                choice.record_id,
            ]
            for choice in held.consents
        ],
    )


def _requests(held: Holdings, hand: Hand) -> Table:
    return Table(
        "requests",
        _("Your requests"),
        [_("Request"), _("Kind"), _("Status"), _("Channel"), _("Received on"), _("Answered"), _("Text"), _("Grounds")],
        [
            [
                own.case.public_id,
                str(request_words.KINDS[own.case.kind]),
                str(request_words.STATUSES[own.case.status]),
                str(request_words.CHANNELS[own.case.channel]),
                hand.moment(own.case.arrived_at) if own.case.arrived_at else hand.day(own.case.received_on),
                hand.moment(own.case.answered_at) if own.case.answered_at else None,
                _kept(own.case, "text"),
                _kept(own.case, "grounds"),
            ]
            for own in held.requests
        ],
    )


def _request_items(held: Holdings) -> Table:
    rows: list[list[Cell]] = [
        [
            own.case.public_id,
            disclosure_words.fields_named([item.field] if item.field else []),
            None if item.record_id is None else str(item.record_id),
            _kept(item, "value_seen"),
            _kept(item, "proposed"),
            str(request_words.OUTCOMES[item.outcome]) if item.outcome and own.case.answered_at else None,
            _kept(item, "reasons") if own.case.answered_at else None,
        ]
        for own in held.requests
        for item in own.items
    ]
    columns = [_("Request"), _("Field"), _("Record"), _("Value you saw"), _("Value you proposed"), _("Decision")]
    return Table("request-items", _("What your requests are about"), [*columns, _("Reasons")], rows)


def _request_messages(held: Holdings, hand: Hand) -> Table:
    return Table(
        "request-messages",
        _("Messages about your requests"),
        [_("Request"), _("When"), _("Sender"), _("Text")],
        [
            [
                own.case.public_id,
                hand.moment(message.at),
                str(request_words.SENDERS[message.sender]),
                _kept(message, "text"),
            ]
            for own in held.requests
            for message in own.messages
        ],
    )


def _devices(held: Holdings, hand: Hand) -> Table:
    return Table(
        "devices",
        _("Browsers where you are signed in now"),
        [_("Browser and system"), _("First used"), _("Last used"), _("Remembered until")],
        [
            [
                place.name or _("Unknown browser"),
                hand.moment(place.first_used_at),
                hand.moment(place.last_used_at),
                hand.moment(place.remembered_until) if place.remembered_until else None,
            ]
            for place in held.devices
        ],
    )


def everything_else(held: Holdings, hand: Hand) -> Iterator[Table]:
    """All of these tables, for the files."""
    yield disclosures(held, hand)
    yield viewings(held, hand)
    yield from care(held, hand)
    yield from doings(held, hand)


def _kept(row: object, attribute: str) -> str | None:
    """A text that the person or our staff wrote, or what stands for it when it is damaged."""
    text: str | None = readable(row, attribute)
    return str(CANNOT_BE_READ) if text == DAMAGED else text
