"""What became of each kind of data, in the words of the person's language: for the case and its letter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString, force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues.fields import CATEGORIES, Category
from portal.catalogues.retention import RULES, RetentionRule
from portal.config import LOCALES
from portal.subject_requests import letters
from portal.subject_requests.erasing import EraseProblem
from portal.subject_requests.erasure_plan import Part, Why

ERASE_PROBLEMS: Mapping[StrEnum, LazyString] = {
    EraseProblem.OPEN_CASES: _l("The customer has another open request. Answer it first: it may need the data."),
    EraseProblem.HOLDS_PERMISSION: _l("The potential customer has given a permission again."),
    EraseProblem.PAPER_LEFT: _l(
        "There is paper about the customer in a locked room. Have it destroyed and put that on record first."
    ),
}


@dataclass(frozen=True)
class ToldPart:
    """One line of the outcome: what it is about, and what became of it in a sentence."""

    what: str
    is_kept: bool
    sentence: str


def told(parts: Iterable[Part], language: str) -> list[ToldPart]:
    """What is kept first; kinds of which there was nothing are left out."""
    with force_locale(LOCALES[language]):
        lines = [
            ToldPart(what(part), bool(part.kept), _sentence(part, language))
            for part in parts
            if part.kept or part.deleted
        ]
    return sorted(lines, key=lambda line: not line.is_kept)


def what(part: Part) -> str:
    """The kind of data; of the requests, the one that asks for this is told apart from the customer's others."""
    if part.kind is RetentionRule.REQUESTS:
        return str(
            _("This request, with its messages, files and letter")
            if part.kept
            else _("Other requests, with their messages, files and letters")
        )
    return str(CATEGORIES[part.kind].label if isinstance(part.kind, Category) else RULES[part.kind].what)


def _sentence(part: Part, language: str) -> str:
    if not part.kept:
        return str(_("Deleted."))
    kept = _kept(part, language)
    return str(_("Partly deleted. %(kept)s", kept=kept)) if part.deleted else kept


def _kept(part: Part, language: str) -> str:
    rule = RULES[part.rule]
    day = letters.written_date(part.kept_until, language) if part.kept_until else None
    match part.why:
        case Why.NOT_GRANTED:
            return str(_("Kept: the decision did not grant its erasure."))
        case Why.PROHIBITION:
            return str(_("Kept as a prohibition, so that no marketing is sent."))
        case Why.FROZEN:
            return str(_("Kept until %(date)s because of a request for access, and then deleted.", date=day))
        case Why.PROOF if day:
            return str(_("Kept until %(date)s as proof of what was done, and then deleted.", date=day))
        case Why.PROOF:
            return str(_("Kept as proof of what was done. %(period)s.", period=rule.label))
        case _ if day:
            return str(_("Kept until %(date)s (%(law)s), and then deleted.", date=day, law=rule.law))
        case _:
            return str(
                _(
                    "Kept: %(period)s (%(law)s). The day is not known yet, since the contract is in force.",
                    period=rule.label,
                    law=rule.law,
                )
            )
