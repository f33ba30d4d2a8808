"""Asking about one viewing or disclosure: the words that the form of a request begins with, theirs to change."""

from flask_babel import gettext as _

from portal.core import audit
from portal.core.db import row_id
from portal.core.errors import NotFound
from portal.disclosures import labels as disclosure_words
from portal.disclosures import queries
from portal.own_data import labels
from portal.web import formatting


def words(reference: str, customer_id: int) -> str:
    """For `viewing:17`, `disclosure:23` or `corrections`; raises NotFound for what is not this person's own."""
    kind, _colon, number = reference.partition(":")
    match kind:
        case "viewing":
            return _about_viewing(row_id(number), customer_id)
        case "disclosure":
            return _about_disclosure(row_id(number), customer_id)
        case "corrections" if not number:
            return str(_("Please tell me which recipients have been told of corrections to my data, and when."))
    raise NotFound


def _about_viewing(seq: int | None, customer_id: int) -> str:
    entry = audit.viewing_of(customer_id, seq=seq)
    if entry is None or entry.detail is None:
        raise NotFound
    return str(
        _(
            "My data was opened at this time: %(moment)s.\nUnit: %(unit)s\nReason: %(reason)s\n"
            "What was seen, in your words: “%(part)s”\n\n"
            "Please tell me why my data was opened then and what it was used for.",
            moment=formatting.moment(entry.event.at),
            unit=labels.UNITS[entry.detail.unit],
            reason=labels.view_purpose(entry.detail.purpose),
            part=labels.part_seen(entry.detail),
        )
    )


def _about_disclosure(disclosure_id: int | None, customer_id: int) -> str:
    row = queries.own(disclosure_id, customer_id=customer_id)
    return str(
        _(
            "My data was given to somebody outside at this time: %(moment)s.\nRecipient: %(name)s\nLegal ground: "
            "%(ground)s\nWhat was given: %(fields)s\n\n"
            "Please tell me why my data was given and what it is used for there.",
            moment=formatting.moment(row.disclosed_at),
            name=disclosure_words.name_of(row),
            ground=disclosure_words.legal_ground(row.legal_ground),
            fields=disclosure_words.fields_named(row.fields),
        )
    )
