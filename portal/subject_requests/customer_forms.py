"""Forms of the customer's own requests: shape only; the rules live in services and the workflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from portal.catalogues import code_lists
from portal.catalogues.fields import Check, Display, FieldSpec
from portal.register.services import FieldReference
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.form_fields import RequestForm, clean, evidence_file, line, text_area
from portal.subject_requests.models import LONGEST_TEXT
from portal.subject_requests.problem_labels import PROBLEMS
from portal.subject_requests.services import MOST_ITEMS
from portal.subject_requests.wording import in_words
from portal.web.fields import choices
from portal.web.forms import REQUIRED, PortalForm, TooMany

# What a phone's keyboard should offer, and how a value is written, by the check it must pass.
KEYBOARDS = {Check.POSTAL_CODE: "numeric", Check.WHOLE_NUMBER: "numeric", Check.PHONE: "tel", Check.EMAIL: "email"}
EXAMPLES = {
    Check.DATE: _l("Like 24.11.2026."),
    Check.WHOLE_NUMBER: _l("A whole number, like 12000."),
    Check.MAIN_FUSE: _l("Like 3x25 A."),
    Check.IDENTITY_CODE: _l("The whole code, 11 characters."),
    Check.IBAN: _l("In IBAN form, beginning with FI."),
}


class TextRequestForm(RequestForm):
    """A request in the customer's own words; some kinds need none."""

    text = text_area(_l("What do you ask for?"), rows=6)

    def says_something(self) -> bool:
        """For kinds that cannot do without; else an error stands beside the field."""
        if (self.text.data or "").strip():
            return True
        self.text.errors = [*self.text.errors, REQUIRED]
        return False


@dataclass(frozen=True)
class TypedItem:
    """One field of a correction as it was sent; `current` is None when it has just been chosen."""

    field: str
    current: str | None = None
    proposed: str = ""


def typed_items(sent: "MultiDict[str, str]") -> list[TypedItem]:
    """The fields of a correction in their order, each once, whatever numbers they came with."""
    found: dict[str, TypedItem] = {}
    for n in range(MOST_ITEMS):
        field = sent.get(f"items-{n}-field")
        if field and field not in found:
            found[field] = TypedItem(field, sent.get(f"items-{n}-current"), sent.get(f"items-{n}-proposed") or "")
    return list(found.values())


def renumbered(sent: "MultiDict[str, str]", items: Sequence[TypedItem]) -> "MultiDict[str, str]":
    """The form as it would be sent with these fields and no others."""
    values = MultiDict([(name, value) for name, value in sent.items(multi=True) if not name.startswith("items-")])
    for n, item in enumerate(items):
        values[f"items-{n}-field"] = item.field
        values[f"items-{n}-proposed"] = item.proposed
        if item.current is not None:
            values[f"items-{n}-current"] = item.current
    return values


class CorrectionForm(RequestForm):
    """Fields `items-0-field`, `items-0-current`, `items-0-proposed` and so on are added by `correction_form`."""

    grounds = text_area(_l("Why is it wrong? How do you know what is right?"))
    evidence = evidence_file()
    positions: Sequence[int] = ()

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """An empty value may be what is asked for, but only with the reason: sent by mistake it would wipe a field."""
        valid: bool = super().validate(extra_validators)
        if (self.grounds.data or "").strip():
            return valid
        for n in self.positions:
            proposed = self[f"items-{n}-proposed"]
            if not (proposed.data or "").strip():
                proposed.errors = [
                    *proposed.errors,
                    _l("Write what it should be. If it should be empty, tell why below."),
                ]
                valid = False
        return valid

    def items(self) -> list[ProposedItem]:
        return [
            ProposedItem(
                field=self[f"items-{n}-field"].data or "",
                value_seen=self[f"items-{n}-current"].data,
                proposed=self[f"items-{n}-proposed"].data or "",
            )
            for n in self.positions
        ]


def correction_form(
    wanted: Sequence[tuple[FieldReference, str]], formdata: "MultiDict[str, str] | None" = None
) -> CorrectionForm:
    """A form for these fields, each with the value it has now; `formdata` is what was sent, renumbered."""
    attributes: dict[str, Any] = {"positions": range(len(wanted))}
    for n, (reference, shown) in enumerate(wanted):
        attributes[f"items-{n}-field"] = HiddenField(default=str(reference))
        attributes[f"items-{n}-current"] = _current(reference.spec, shown)
        attributes[f"items-{n}-proposed"] = _proposed(reference.spec)
    form_of_fields = type("CorrectionFormOfFields", (CorrectionForm,), attributes)
    made: CorrectionForm = form_of_fields() if formdata is None else form_of_fields(formdata=formdata)
    for n, (reference, _shown) in enumerate(wanted):  # each says "Should be" on the page: the summary tells of what
        made[f"items-{n}-proposed"].summary_label = reference.spec.label
    return made


def _current(spec: FieldSpec, shown: str) -> StringField:
    kind = TextAreaField if spec.display is Display.LONG_TEXT else StringField
    return kind(
        _l("Now"),
        default=_as_now(spec, shown),
        filters=[clean],
        validators=[Length(max=LONGEST_TEXT)],
        render_kw={"readonly": True, "placeholder": _l("(empty)")},
    )


def _proposed(spec: FieldSpec) -> StringField | SelectField:
    if spec.code_list is not None:
        words = choices(code_lists.WORDS[spec.code_list], _l("Choose"))
        return SelectField(_l("Should be"), choices=words, validate_choice=False)
    if spec.display is Display.LONG_TEXT:
        return text_area(_l("Should be"))
    attributes = {"autocomplete": "off"}
    if spec.check in KEYBOARDS:
        attributes["inputmode"] = KEYBOARDS[spec.check]
    example = EXAMPLES.get(spec.check, "") if spec.check else ""
    return line(_l("Should be"), longest=LONGEST_TEXT, description=example, attributes=attributes)


def _as_now(spec: FieldSpec, shown: str) -> str:
    """What the form sends back as seen: a phone number as the register has it, anything else in words."""
    return shown if not shown or spec.display is Display.PHONE else in_words(spec, shown)


class MessageForm(PortalForm):
    """A message about a request; of a question about identity it is the answer."""

    problems = PROBLEMS
    too_many = TooMany(
        _l("You have sent many messages or files in a day"),
        _l("What you wrote is still below. If there was a file with it, try to send the message without the file."),
    )

    text = text_area(_l("Message"), name="message-text")
    evidence = evidence_file()


class PressForm(PortalForm):
    """A button on the page of a request: nothing is typed."""

    problems = PROBLEMS
