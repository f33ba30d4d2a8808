"""Forms to print, fill in by hand and send or bring (R97, R103): tagged PDF, in both languages."""

from functools import cache
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.config import LOCALES, organisation
from portal.core import typesetting
from portal.permissions.labels import CHANNELS
from portal.subject_requests.kinds import Kind
from portal.web import formatting

KINDS = (Kind.ACCESS, Kind.CORRECTION, Kind.OPT_OUT)


@cache
def pdf(kind: Kind, language: str) -> bytes:
    """Empty forms are the same for everybody, so each is set once."""
    with force_locale(LOCALES[language]):
        return typesetting.pdf("form", _data(kind, language))


def _data(kind: Kind, language: str) -> dict[str, Any]:
    words = {Kind.ACCESS: _access, Kind.CORRECTION: _correction, Kind.OPT_OUT: _opt_out}[kind]()
    return {
        "language": language,
        "to": [
            organisation.handler_company,
            str(_("Communications manager")),
            organisation.street,
            f"{organisation.postal_code} {organisation.city}",
        ],
        "to_label": str(_("Send or bring to")),
        "phone": str(_("Customer service by phone: %(number)s", number=formatting.phone(organisation.phone, language))),
        "made_by": organisation.register_company,
        "page": str(_("Page")),
        **words,
    }


def _line(label: str, *, lines: int = 1, note: str = "") -> dict[str, Any]:
    return {"label": label, "lines": lines, "note": note, "boxes": []}


def _boxes(label: str, boxes: list[str]) -> dict[str, Any]:
    return {"label": label, "lines": 0, "note": "", "boxes": boxes}


def _person() -> list[dict[str, Any]]:
    return [
        _line(_("Name")),
        _line(_("Customer number"), note=_("if you know it; it is on your invoices")),
        _line(_("How we reach you"), lines=2, note=_("postal address, phone number or e-mail address")),
    ]


def _signed() -> list[dict[str, Any]]:
    return [
        _line(_("Place and date")),
        _line(_("Signature"), note=_("A request without a signature is handled too.")),
    ]


def _access() -> dict[str, Any]:
    return {
        "title": _("Request for access to own data"),
        "intro": _(
            "I ask to know what data %(company)s holds about me, why, where it came from, who has received it and how "
            "long it is kept, and I ask for a copy of it (GDPR, Article 15).",
            company=organisation.register_company,
        ),
        "fields": [
            *_person(),
            _line(_("Is there something in particular you want to know?"), lines=4, note=_("may be left empty")),
            _boxes(
                _("How do you want the answer?"),
                [_("By letter"), _("In the privacy portal"), _("I collect it in person")],
            ),
            *_signed(),
        ],
        "foot": _answer_note(),
    }


def _correction() -> dict[str, Any]:
    return {
        "title": _("Request for correction of own data"),
        "intro": _("I ask that the following data about me be corrected or completed (GDPR, Article 16)."),
        "fields": [
            *_person(),
            _line(_("What is wrong, word for word"), lines=3),
            _line(_("What it should be, word for word"), lines=3),
            _line(_("Why it is wrong, and how you know what is right"), lines=3),
            *_signed(),
        ],
        "foot": _answer_note(),
    }


def _opt_out() -> dict[str, Any]:
    return {
        "title": _("Direct marketing opt-out"),
        "intro": _(
            "I forbid the use of my data for direct advertising, distance selling and other direct marketing (GDPR, "
            "Article 21). No reasons are needed."
        ),
        "fields": [
            _line(_("Name")),
            _line(_("Postal address"), lines=2),
            _line(_("Phone number")),
            _line(_("E-mail address")),
            _boxes(_("What do you forbid?"), [_("All direct marketing"), *(str(label) for label in CHANNELS.values())]),
            _line(_("Place and date"), note=_("No signature is needed.")),
        ],
        "foot": _(
            "The opt-out is in force as soon as it has reached us. You can also forbid marketing by phone, or at once "
            "in the privacy portal, without an account."
        ),
    }


def _answer_note() -> str:
    return str(
        _(
            "We answer in writing within 30 days of the arrival of this form. We check who is asking before we tell "
            "or change anything: if you bring the form, bring proof of identity too. Do not write your personal "
            "identity code on the form, and do not enclose a copy of an identity document. The request is free of "
            "charge."
        )
    )
