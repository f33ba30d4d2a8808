"""Asking about one viewing or disclosure: what the form shows and the question that it begins with."""

from flask_babel import gettext as _

from portal.core import audit
from portal.core.db import row_id
from portal.core.errors import NotFound
from portal.disclosures import labels as disclosure_words
from portal.disclosures import queries
from portal.own_data import labels
from portal.subject_requests.matters import Matter
from portal.web import formatting


def matter(reference: str, customer_id: int) -> Matter:
    """For `viewing:17`, `disclosure:23` or `corrections`; raises NotFound for what is not this person's own."""
    kind, _colon, number = reference.partition(":")
    match kind:
        case "viewing":
            return _viewing(row_id(number), customer_id)
        case "disclosure":
            return _disclosure(row_id(number), customer_id)
        case "corrections" if not number:
            return Matter(
                title=_("Ask who was told of a correction"),
                subject=_("I ask about corrections to my data."),
                facts=(),
                question=_("Which recipients have been told of corrections to my data, and when?"),
            )
    raise NotFound


def _viewing(seq: int | None, customer_id: int) -> Matter:
    entry = audit.viewing_of(customer_id, seq=seq)
    if entry is None or entry.detail is None:
        raise NotFound
    return Matter(
        title=_("Ask why your data was opened"),
        subject=_("I ask about this opening of my data."),
        facts=(
            (_("When"), formatting.moment(entry.event.at)),
            (_("Unit"), str(labels.UNITS[entry.detail.unit])),
            (_("Reason"), labels.view_purpose(entry.detail.purpose)),
            (_("What was seen"), labels.part_seen(entry.detail)),
        ),
        question=_("Why was my data opened then, and what was it used for?"),
    )


def _disclosure(disclosure_id: int | None, customer_id: int) -> Matter:
    row = queries.own(disclosure_id, customer_id=customer_id)
    return Matter(
        title=_("Ask why your data was given"),
        subject=_("I ask about this disclosure of my data."),
        facts=(
            (_("When"), formatting.moment(row.disclosed_at)),
            (_("Recipient"), disclosure_words.name_of(row)),
            (_("Legal ground"), disclosure_words.legal_ground(row.legal_ground)),
            (_("What was given"), disclosure_words.fields_named(row.fields)),
        ),
        question=_("Why was my data given, and what is it used for there?"),
    )
