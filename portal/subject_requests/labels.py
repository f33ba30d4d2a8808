"""The words of requests: what the codes of a case are called on pages and in letters."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import LazyString, gettext, ngettext
from flask_babel import lazy_gettext as _l

from portal.catalogues import recipients
from portal.catalogues.fields import BY_KEY, CATEGORIES, Display, FieldSpec
from portal.config import organisation
from portal.permissions.labels import CHANNELS as MARKETING_CHANNELS
from portal.permissions.labels import TYPES as MARKETING_TYPES
from portal.permissions.labels import UNITS
from portal.register.labels import text_display
from portal.subject_requests.desk_queue import Due
from portal.subject_requests.kinds import (
    COPIES,
    WITHHELD,
    Channel,
    DocumentType,
    ExtensionReason,
    Ground,
    IdentityFact,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Place,
    Sender,
    Status,
    TaskKind,
    TaskOutcome,
)
from portal.subject_requests.models import RecipientTask, RequestItem, SubjectRequest
from portal.subject_requests.workflow import StepName
from portal.web.formatting import EMPTY, written_date

__all__ = ["MARKETING_CHANNELS", "MARKETING_TYPES", "UNITS", "WITHHELD"]

KINDS: Mapping[Kind, LazyString] = {
    Kind.ACCESS: _l("Access to my data"),
    Kind.CORRECTION: _l("Correction of data"),
    Kind.OPT_OUT: _l("Direct marketing opt-out"),
    Kind.ERASURE: _l("Erasure of data"),
    Kind.RESTRICTION: _l("Restriction of processing"),
    Kind.PORTABILITY: _l("Data portability"),
    Kind.OBJECTION: _l("Objection to processing"),
    Kind.CONSENT_WITHDRAWAL: _l("Withdrawal of consent"),
}
# The same in the mouth of staff, where nothing is "mine".
KINDS_FOR_STAFF: Mapping[Kind, LazyString] = {**KINDS, Kind.ACCESS: _l("Access to own data")}
KIND_NOTES: Mapping[Kind, LazyString] = {
    Kind.ACCESS: _l(
        "You get to know in writing what we hold about you, why, and who has received it. "
        "You can see your data at once on the My data page."
    ),
    Kind.CORRECTION: _l("Something we hold about you is wrong or missing. You tell us what it should be."),
    Kind.OPT_OUT: _l("No direct marketing to you in any channel. In force at once, without reasons."),
    Kind.ERASURE: _l(
        "We delete what we no longer need. What a law obliges us to keep, we tell with the date it will be deleted."
    ),
    Kind.RESTRICTION: _l("We keep the data but do not use it until the matter is settled."),
    Kind.PORTABILITY: _l("You get the data you have given, and your consumption, in a form another service can read."),
    Kind.OBJECTION: _l(
        "You object, on grounds of your own situation, to processing that rests on our legitimate interests."
    ),
    Kind.CONSENT_WITHDRAWAL: _l("You take back the marketing permissions you have given. In force at once."),
}
# The order in which they are offered: what is in force at once, then what is answered in writing.
AT_ONCE_FIRST = (Kind.OPT_OUT, Kind.CONSENT_WITHDRAWAL)
IN_WRITING = (Kind.ACCESS, Kind.CORRECTION, Kind.PORTABILITY, Kind.ERASURE, Kind.RESTRICTION, Kind.OBJECTION)
# What an organisation has too; the other rights are those of living people (L26, L27).
FOR_ORGANISATIONS = (Kind.OPT_OUT, Kind.CONSENT_WITHDRAWAL, Kind.CORRECTION, Kind.PORTABILITY)
TEXT_LABELS: Mapping[Kind, LazyString] = {
    Kind.ACCESS: _l("Is there something in particular you want to know?"),
    Kind.OPT_OUT: _l("Anything to add?"),
    Kind.CONSENT_WITHDRAWAL: _l("Anything to add?"),
    Kind.ERASURE: _l("What should be deleted?"),
    Kind.RESTRICTION: _l("Which data, and why should we not use it?"),
    Kind.PORTABILITY: _l("Where should the data go, and which data?"),
    Kind.OBJECTION: _l("Which use of your data do you object to, and why?"),
}
TEXT_HINTS: Mapping[Kind, LazyString] = {
    Kind.ACCESS: _l("You may leave this empty: the answer then covers everything."),
    Kind.OPT_OUT: _l("You may leave this empty: no reasons are needed."),
    Kind.CONSENT_WITHDRAWAL: _l("You may leave this empty: no reasons are needed."),
    Kind.ERASURE: _l("Tell in your own words, for example: the recordings of my calls. No reasons are needed."),
    Kind.RESTRICTION: _l("Tell in your own words. One or two sentences are enough."),
    Kind.PORTABILITY: _l("You may leave this empty: you then get your data yourself, in a form that programs read."),
    Kind.OBJECTION: _l("Tell what in your own situation speaks against it. One or two sentences are enough."),
}
PUBLIC_TEXT_LABELS: Mapping[Kind, LazyString] = {
    Kind.ACCESS: _l("What do you want to know?"),
    Kind.CORRECTION: _l("What is wrong, and what should it be?"),
}
SEND_LABELS: Mapping[Kind, LazyString] = {
    Kind.OPT_OUT: _l("Forbid all direct marketing"),
    Kind.CONSENT_WITHDRAWAL: _l("Withdraw my permissions"),
}
SEND = _l("Send the request")
# What the page that follows says of what is in force at once
DONE: Mapping[Kind, LazyString] = {
    Kind.OPT_OUT: _l("Direct marketing to you is now forbidden."),
    Kind.CONSENT_WITHDRAWAL: _l("Your marketing permissions have been withdrawn."),
}
STATUSES: Mapping[Status, LazyString] = {
    Status.RECEIVED: _l("Received"),
    Status.IN_REVIEW: _l("In progress"),
    Status.IDENTITY_PENDING: _l("Awaiting identity check"),
    Status.DECIDED: _l("Decision made"),
    Status.ANSWERED: _l("Answered"),
    Status.CLOSED: _l("Closed"),
    Status.WITHDRAWN: _l("Withdrawn"),
    Status.MERGED: _l("Merged with another request"),
}
# The same to the customer, who reads what has happened and not what the case waits for.
STATUSES_FOR_CUSTOMERS: Mapping[Status, LazyString] = {
    **STATUSES,
    Status.IDENTITY_PENDING: _l("We asked you to show who you are"),
}
STATUS_TONES: Mapping[Status, str] = {
    Status.RECEIVED: "info",
    Status.IN_REVIEW: "info",
    Status.IDENTITY_PENDING: "warn",
    Status.DECIDED: "info",
    Status.ANSWERED: "good",
    Status.CLOSED: "good",
    Status.WITHDRAWN: "neutral",
    Status.MERGED: "neutral",
}
STATUS_NOTES: Mapping[Status, LazyString] = {
    Status.RECEIVED: _l("We have your request. Somebody takes it up in the order of due dates."),
    Status.IN_REVIEW: _l("Somebody is looking into your request."),
    Status.IDENTITY_PENDING: _l("The time limit stands still until you have answered our question."),
    Status.DECIDED: _l("Your request has been decided. The answer is being sent."),
    Status.ANSWERED: _l("We have answered. The letter is below."),
    Status.CLOSED: _l("We have answered, and everything that follows has been done."),
    Status.WITHDRAWN: _l("You have withdrawn this request. Nothing further happens."),
    Status.MERGED: _l("This request is handled together with another of yours."),
}
# What a message cannot do about a request that has been answered or has ended: told to the customer, and on the desk.
_AFTER_ANSWER = _l(
    "A message does not change the decision. If something in it is wrong, we put it right with a new request."
)
WRITING_AFTERWARDS: Mapping[Status, LazyString] = {
    Status.ANSWERED: _AFTER_ANSWER,
    Status.CLOSED: _AFTER_ANSWER,
    Status.WITHDRAWN: _l(
        "A message does not take the request up again. If you want us to handle the matter after all, make a new "
        "request."
    ),
}
ANSWERING_AFTERWARDS: Mapping[Status, LazyString] = {
    Status.ANSWERED: _l(
        "The answer has gone. A message does not change it: a mistake is put right with a new request."
    ),
    Status.CLOSED: _l(
        "The request has been closed. A message does not open it again: a mistake is put right with a new request."
    ),
    Status.WITHDRAWN: _l("The customer has withdrawn the request. A message does not open it again."),
}
CHANNELS: Mapping[Channel, LazyString] = {
    Channel.PORTAL: _l("This service"),
    Channel.LETTER: _l("Letter"),
    Channel.VISIT: _l("Visit in person"),
    Channel.PHONE: _l("Phone call"),
    Channel.EMAIL: _l("E-mail"),
}
ANSWER_WAYS: Mapping[Channel, LazyString] = {
    Channel.PORTAL: _l("In this service, with a mail that tells of it"),
    Channel.EMAIL: _l("By e-mail, which you send"),
    Channel.LETTER: _l("On paper, which you post or hand over"),
}
PLACES: Mapping[Place, str] = {
    Place.VERKKO: organisation.register_company,
    Place.ENERGIA: organisation.handler_company,
}
METHODS: Mapping[IdentityMethod, LazyString] = {
    IdentityMethod.NONE: _l("Not identified"),
    IdentityMethod.CALL_BACK: _l("Call back to the number on file"),
    IdentityMethod.CONTACT_CODE: _l("Code sent to the contact on file"),
    IdentityMethod.PORTAL: _l("Signed in to this service"),
    IdentityMethod.ID_DOCUMENT: _l("Proof of identity seen"),
}
# What shows well enough who asks, for a kind of request that needs this level
NEEDED_IDENTITY: Mapping[IdentityLevel, LazyString] = {
    IdentityLevel.UNKNOWN: _l("nothing, for anybody may ask"),
    IdentityLevel.CONTACT: _l("a call to the number on file, or a code sent to the contact on file"),
    IdentityLevel.PORTAL: _l("signing in to this service, or a proof of identity seen"),
    IdentityLevel.STRONG: _l("a proof of identity seen"),
}
IDENTITY_FACTS: Mapping[IdentityFact, LazyString] = {
    IdentityFact.CUSTOMER_NUMBER: _l("Customer number"),
    IdentityFact.METERING_POINT: _l("Number of the metering point"),
    IdentityFact.LAST_INVOICE: _l("Sum or number of the last invoice"),
    IdentityFact.CONTRACT: _l("What the contract is about and since when"),
}
DOCUMENTS: Mapping[DocumentType, LazyString] = {
    DocumentType.PASSPORT: _l("Passport"),
    DocumentType.IDENTITY_CARD: _l("Identity card"),
    DocumentType.DRIVING_LICENCE: _l("Driving licence"),
    DocumentType.OTHER: _l("Other document"),
}
OUTCOMES: Mapping[Outcome, LazyString] = {
    Outcome.GRANT: _l("Granted"),
    Outcome.PARTLY: _l("Partly granted"),
    Outcome.REFUSE: _l("Refused"),
}
OUTCOME_TONES: Mapping[Outcome, str] = {Outcome.GRANT: "good", Outcome.PARTLY: "warn", Outcome.REFUSE: "bad"}
OUTCOME_CHOICES: Mapping[Outcome, LazyString] = {
    Outcome.GRANT: _l("Grant"),
    Outcome.PARTLY: _l("Grant in part"),
    Outcome.REFUSE: _l("Refuse"),
}
# A proposal is no decision, and must not read like one.
PROPOSED: Mapping[Outcome, LazyString] = {
    Outcome.GRANT: _l("Proposed to be granted, not decided"),
    Outcome.PARTLY: _l("Proposed to be granted in part, not decided"),
    Outcome.REFUSE: _l("Proposed to be refused, not decided"),
}
GROUNDS: Mapping[Ground, LazyString] = {
    Ground.DATA_CORRECT: _l("The data is correct (Article 16)"),
    Ground.NOT_SUBSTANTIATED: _l("Inaccuracy not shown (Article 16)"),
    Ground.LEGAL_OBLIGATION: _l("A law obliges us to keep the data (Article 17(3)(b))"),
    Ground.LEGAL_CLAIMS: _l("Needed for legal claims (Article 17(3)(e))"),
    Ground.RIGHTS_OF_OTHERS: _l("Rights of others (Article 15(4))"),
    Ground.WITHHELD_SECURITY: _l("Security, or preventing or solving crimes (Data Protection Act, section 34(1)(1))"),
    Ground.WITHHELD_HARM: _l("Serious danger to health, treatment or rights (Data Protection Act, section 34(1)(2))"),
    Ground.WITHHELD_SUPERVISION: _l("Supervision by the authorities (Data Protection Act, section 34(1)(3))"),
    Ground.NOT_HELD: _l("We do not hold such data (Article 15(1))"),
    Ground.COMPELLING_GROUNDS: _l("Compelling legitimate grounds (Article 21(1))"),
    Ground.UNFOUNDED_OR_EXCESSIVE: _l("Manifestly unfounded or excessive (Article 12(5))"),
    Ground.NOT_IDENTIFIED: _l("Person not identified (Articles 11 and 12(2))"),
}
# What can be a ground of not doing all that a kind of request asks for; at once is never refused.
GROUNDS_FOR: Mapping[Kind, Sequence[Ground]] = {
    kind: (*own, Ground.UNFOUNDED_OR_EXCESSIVE, Ground.NOT_IDENTIFIED)
    for kind, own in {
        Kind.ACCESS: (
            Ground.RIGHTS_OF_OTHERS,
            Ground.WITHHELD_SECURITY,
            Ground.WITHHELD_HARM,
            Ground.WITHHELD_SUPERVISION,
            Ground.NOT_HELD,
        ),
        Kind.PORTABILITY: (Ground.RIGHTS_OF_OTHERS, Ground.NOT_HELD),
        Kind.CORRECTION: (Ground.DATA_CORRECT, Ground.NOT_SUBSTANTIATED, Ground.NOT_HELD),
        Kind.ERASURE: (Ground.LEGAL_OBLIGATION, Ground.LEGAL_CLAIMS, Ground.NOT_HELD),
        Kind.RESTRICTION: (Ground.DATA_CORRECT, Ground.NOT_SUBSTANTIATED, Ground.LEGAL_CLAIMS),
        Kind.OBJECTION: (Ground.COMPELLING_GROUNDS, Ground.LEGAL_CLAIMS),
    }.items()
}
EXTENSION_REASONS: Mapping[ExtensionReason, LazyString] = {
    ExtensionReason.COMPLEXITY: _l("The request is complex"),
    ExtensionReason.NUMBER: _l("There are many requests from the same person"),
}
TASK_OUTCOMES: Mapping[TaskOutcome, LazyString] = {
    TaskOutcome.DONE: _l("Done"),
    TaskOutcome.IMPOSSIBLE: _l("Impossible"),
    TaskOutcome.DISPROPORTIONATE: _l("Would take disproportionate effort"),
}
SENDERS: Mapping[Sender, LazyString] = {Sender.CUSTOMER: _l("Customer"), Sender.STAFF: _l("Customer service")}
DUES: Mapping[Due, LazyString] = {
    Due.OVERDUE: _l("Past the legal limit"),
    Due.LATE: _l("Past our own date"),
    Due.SOON: _l("Due within five days"),
    Due.LATER: _l("Due later"),
}
DUE_TONES: Mapping[Due, str] = {Due.OVERDUE: "bad", Due.LATE: "bad", Due.SOON: "warn", Due.LATER: "neutral"}
STEPS: Mapping[str, LazyString] = {
    StepName.SUBMIT: _l("Request received"),
    StepName.TAKE: _l("Taken up for review"),
    StepName.ASSIGN: _l("Assigned"),
    StepName.ASK_IDENTITY: _l("Identity asked for; clock paused"),
    StepName.IDENTITY_ANSWERED: _l("Identity confirmed; clock goes on"),
    StepName.REFUSE_UNIDENTIFIED: _l("Refused: not identified"),
    StepName.EXTEND: _l("Time limit extended"),
    StepName.DECIDE: _l("Decision made"),
    StepName.GRANT_AT_ONCE: _l("Granted at once"),
    StepName.ANSWER: _l("Answer sent"),
    StepName.CLOSE: _l("Closed"),
    StepName.WITHDRAW: _l("Withdrawn"),
    StepName.MERGE: _l("Merged with another request"),
    StepName.PROPOSE: _l("Decision proposed"),
    StepName.APPROVE: _l("Decision approved"),
    StepName.MESSAGE: _l("Message sent"),
    StepName.NOTE: _l("Note written"),
    StepName.SPLIT: _l("Divided by category"),
    StepName.CHANGE_ARRIVAL: _l("Day of arrival corrected"),
    StepName.REMIND_IDENTITY: _l("Reminded to confirm identity"),
    StepName.HOLD: _l("Told that the answer is on its way"),
    StepName.RECOUNT: _l("Dates counted again"),
    StepName.ABSORB: _l("Another request merged into this"),
    StepName.ASK_OMBUDSMAN: _l("Asked to give the data kept back to the Ombudsman"),
    StepName.LIFT_RESTRICTION: _l("Restriction lifted"),
    StepName.JOIN_CUSTOMER: _l("Joined to the customer"),
    StepName.SHOW_IDENTITY: _l("Identity shown"),
    StepName.RECORD_TASKS: _l("What has been done recorded"),
    StepName.MARK_READ: _l("Message marked as read"),
    StepName.SEND_LETTER: _l("Letter posted or handed over"),
}
# What staff may want to do and cannot do now
WANTED: Mapping[StepName, LazyString] = {
    StepName.TAKE: _l("Take the request"),
    StepName.ASK_IDENTITY: _l("Ask the person to show who they are"),
    StepName.REFUSE_UNIDENTIFIED: _l("Refuse, because nobody has shown who they are"),
    StepName.EXTEND: _l("Extend the time limit"),
    StepName.DECIDE: _l("Make the decision"),
    StepName.APPROVE: _l("Approve the proposed decision"),
    StepName.CHANGE_ARRIVAL: _l("Correct the day of arrival"),
    StepName.LIFT_RESTRICTION: _l("Lift the restriction"),
    StepName.MERGE: _l("Merge with another request"),
    StepName.WITHDRAW: _l("Withdraw on the customer’s word"),
}
OWN_PROPOSAL = _l("You proposed this decision. Somebody else approves it: nothing has been decided or deleted yet.")
# What the customer's page tells, in words to the customer; these are staff's own.
_STAFFS_OWN = (StepName.ASSIGN, StepName.NOTE, StepName.SPLIT, StepName.PROPOSE, StepName.JOIN_CUSTOMER)
STEPS_FOR_CUSTOMERS: Mapping[str, LazyString] = {
    **{step: words for step, words in STEPS.items() if step not in _STAFFS_OWN},
    StepName.ASK_IDENTITY: _l("We asked you to show who you are"),
    StepName.REMIND_IDENTITY: _l("We reminded you of our question"),
    StepName.IDENTITY_ANSWERED: _l("You showed who you are; the time limit goes on"),
}
# What a customer says of a request by answering from inside the portal
IS_MINE = _l("Yes, the request is mine")


def field(key: str) -> FieldSpec:
    return BY_KEY[key]


def item_title(case: SubjectRequest, item: RequestItem, kinds: Mapping[Kind, LazyString] = KINDS) -> LazyString | str:
    """What an item is about: a field, a category, or the request as a whole."""
    if item.field is not None:
        return BY_KEY[item.field].label
    return CATEGORIES[item.category].label if item.category else kinds[case.kind]


def shown(spec: FieldSpec, text: str | None) -> str:
    """A value of the register, or what a person wrote instead of one, for a page."""
    if not text:
        return EMPTY
    is_number = text.startswith("+") and text[1:].isdigit()
    if (spec.display is Display.PHONE and not is_number) or (spec.is_masked and "*" in text):
        return text
    return text_display(spec, text)


def recipient(task: RecipientTask, case: SubjectRequest | None = None) -> LazyString | str:
    """What is to be done."""
    if task.kind is TaskKind.OMBUDSMAN:
        return _l("Give what was kept back to the Data Protection Ombudsman")
    if task.recipient is None:
        is_copy = case is not None and case.kind in COPIES
        return _l("Give the customer the copy of the data") if is_copy else _l("Carry out the decision in the register")
    return recipients.LABELS[task.recipient]


def days_left(days: int) -> str:
    """Due in words, counted to the day staff must have answered."""
    words: str = gettext("due today")
    if days < 0:
        words = ngettext("%(num)d day late", "%(num)d days late", -days)
    elif days > 0:
        words = ngettext("%(num)d day left", "%(num)d days left", days)
    return words


def answer_by(case: SubjectRequest) -> date:
    """The day that the customer is told: our promise, or the new limit once the time has been extended."""
    return case.extended_on or case.promise_on


def calendar_text(case: SubjectRequest) -> str:
    """What stands in the customer's own calendar: no word of what was asked."""
    words: str = gettext(
        "%(company)s answers your request %(id)s by this day. The limit set by law is %(limit)s.",
        company=organisation.register_company,
        id=case.public_id,
        limit=written_date(case.legal_limit),
    )
    return words
