"""Every sentence that a marketing choice rests on, in one place: the pages draw these and the ledger keeps them.

All functions speak the language of the page, which `shown_...` are told, so that it is kept with the words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.consents.ledger import ShownText
from portal.permissions import labels
from portal.permissions.models import Channel, Choice, State
from portal.permissions.rules import Reason
from portal.permissions.services import Line


@dataclass(frozen=True)
class PageWords:
    """The head of the page, and the card that forbids everything."""

    title: str
    lead: str
    forbid_all_title: str
    forbid_all_text: str
    forbid_all_label: str


@dataclass(frozen=True)
class LineWords:
    """One type in one channel: what holds, what stands in the way, and what can be chosen."""

    type: str
    type_note: str
    channel: str
    default: str
    state: str
    tone: str
    notes: tuple[str, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class OptOutWords:
    """A page that forbids without signing in; `choices` are its buttons or options."""

    title: str
    lead: str
    text: str
    choices: tuple[str, ...]


def page() -> PageWords:
    return PageWords(
        title=_("Marketing choices"),
        lead=_("Decide how we may market to you. A choice is in force at once, and costs nothing."),
        forbid_all_title=_("Forbid all direct marketing"),
        forbid_all_text=_(
            "One press forbids every type in every channel, the permission to contact included. No reason is needed, "
            "and messages about your contract still reach you."
        ),
        forbid_all_label=_("Forbid all direct marketing"),
    )


def line(of: Line) -> LineWords:
    state, tone = _state(of)
    return LineWords(
        type=str(labels.TYPES[of.type]),
        type_note=str(labels.TYPE_NOTES[of.type]),
        channel=str(labels.CHANNELS[of.channel]),
        default=str(labels.OWN_DEFAULTS_WHY[of.default]),
        state=state,
        tone=tone,
        notes=tuple(_notes(of)),
        choices=tuple(_choices(of)),
    )


def _state(of: Line) -> tuple[str, str]:
    if of.state is State.PROHIBITION:
        return _("Forbidden"), "bad"
    if of.is_suppressed:
        return _("Not allowed: this contact has been forbidden"), "bad"
    if of.state is State.PERMISSION:
        return _("Allowed: permission given"), "good"
    return str(labels.OWN_DEFAULTS[of.default]), "neutral"


def _notes(of: Line) -> Iterable[str]:
    for reason in of.assessment.reasons:
        if reason is Reason.NO_CONTACT_POINT:
            yield str(labels.NO_CONTACT_POINT[of.channel])
        elif reason in labels.OWN_OBSTACLES:
            yield str(labels.OWN_OBSTACLES[reason])


def _choices(of: Line) -> Iterable[Choice]:
    if of.state is not State.PERMISSION or of.is_suppressed:
        yield Choice.ALLOW
    if of.state is not State.PROHIBITION:
        yield Choice.FORBID
    if of.state is not State.NONE:
        yield Choice.WITHDRAW


def undo_label() -> str:
    return _("Undo this change")


def opt_out_form() -> OptOutWords:
    """The form for anybody; what is forbidden is chosen from a list."""
    return OptOutWords(
        title=_("Forbid direct marketing"),
        lead=_("No account, no reasons, free of charge. The opt-out is in force the moment you send it."),
        text="",
        choices=(_("Forbid direct marketing"),),
    )


def opt_out_link(channel: Channel) -> OptOutWords:
    """The page behind the link of a marketing message: its own channel first, everything as the second choice."""
    by_channel = {
        Channel.POST: (_("Forbid marketing by post"), _("Forbid marketing to me by post")),
        Channel.PHONE: (_("Forbid marketing by phone"), _("Forbid marketing to me by phone")),
        Channel.EMAIL: (_("Forbid marketing by e-mail"), _("Forbid marketing to me by e-mail")),
        Channel.SMS: (_("Forbid marketing by text message"), _("Forbid marketing to me by text message")),
    }
    title, label = by_channel[channel]
    return OptOutWords(
        title=title,
        lead=_("No signing in, no reasons, free of charge. It is in force the moment you press the button."),
        text=_(
            "It covers every kind of direct marketing in this channel. Messages about your contract still reach you."
        ),
        choices=(label, _("Forbid all direct marketing in every channel")),
    )


def forbidden(channel: str | None) -> str:
    """What the page says that follows an opt-out: of one channel, or of all where none is named."""
    by_channel = {
        Channel.POST: _("Marketing by post is forbidden"),
        Channel.PHONE: _("Marketing by phone is forbidden"),
        Channel.EMAIL: _("Marketing by e-mail is forbidden"),
        Channel.SMS: _("Marketing by text message is forbidden"),
    }
    return next((words for of, words in by_channel.items() if of == channel), _("All direct marketing is forbidden"))


def shown_line(of: Line, *, language: str) -> ShownText:
    words = line(of)
    buttons = " ".join(f"[{labels.CHOICES[choice]}]" for choice in words.choices)
    lines = [page().title, page().lead, f"{words.type}: {words.type_note}", f"{words.channel}: {words.default}"]
    return _shown("permission-line", language, [*lines, words.state, *words.notes, buttons])


def shown_forbid_all(*, language: str) -> ShownText:
    words = page()
    lines = [words.title, words.lead, words.forbid_all_title, words.forbid_all_text, f"[{words.forbid_all_label}]"]
    return _shown("permission-forbid-all", language, lines)


def shown_undo(*, language: str) -> ShownText:
    return _shown("permission-undo", language, [f"[{undo_label()}]"])


def shown_opt_out_form(chosen: str, *, language: str) -> ShownText:
    words = opt_out_form()
    return _shown("opt-out-form", language, [words.title, words.lead, chosen, *_buttons(words)])


def shown_opt_out_link(channel: Channel, *, language: str) -> ShownText:
    words = opt_out_link(channel)
    return _shown("opt-out-link", language, [words.title, words.lead, words.text, *_buttons(words)])


def _buttons(words: OptOutWords) -> list[str]:
    return [" ".join(f"[{choice}]" for choice in words.choices)]


def _shown(kind: str, language: str, lines: Sequence[str]) -> ShownText:
    return ShownText(kind, language, "\n".join(lines) + "\n")
