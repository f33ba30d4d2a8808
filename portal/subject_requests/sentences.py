"""Ready sentences to the customer, in the customer's language; a person chooses one and may change every word."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask_babel import LazyString, force_locale, gettext
from flask_babel import lazy_gettext as _l

from portal.config import LOCALES, organisation
from portal.subject_requests import letters
from portal.subject_requests.kinds import AT_ONCE, NEEDED_LEVEL, IdentityLevel, Status
from portal.subject_requests.models import SubjectRequest
from portal.web import formatting


@dataclass(frozen=True)
class Sentence:
    """`name` is what staff choose by; `text` may name the day of the answer, the phone number and the request.

    It is offered where it is true: in the statuses of `fits`, and where it tells of a decision, for what has been
    decided and not for what was in force at once. What `is_for_account` tells the customer to do here, signed in; what
    `proves` a level is offered where that is enough.
    """

    name: LazyString
    text: LazyString
    fits: Collection[Status] = frozenset(Status)
    is_of_decision: bool = False
    is_for_account: bool = False
    proves: IdentityLevel = IdentityLevel.STRONG


_WHILE_CLOCK_RUNS = frozenset({Status.RECEIVED, Status.IN_REVIEW})
# by the step that tells the customer, then by the value of the button
SENTENCES: Mapping[str, Mapping[str, Sentence]] = {
    "ask-identity": {
        "sign-in": Sentence(
            _l("Sign in"),
            _l(
                "Before we go on, we make sure that it is you who asks. The easiest way is to sign in to this service, "
                "open the request %(id)s and answer there."
            ),
            is_for_account=True,
        ),
        "visit": Sentence(
            _l("Visit"),
            _l(
                "You can show who you are by visiting us with a passport, an identity card or a driving licence. "
                "We take no copy of it. Mention the number of your request, %(id)s."
            ),
        ),
        "call": Sentence(
            _l("Call"),
            _l(
                "You can call us on %(phone)s. We ask you two things that only you know, for example your customer "
                "number and the sum of your last bill. Do not send your personal identity code."
            ),
            proves=IdentityLevel.CONTACT,
        ),
    },
    "message": {
        "thanks": Sentence(
            _l("Thanks"), _l("Thank you for your message. We have read it and added it to your request.")
        ),
        "on-its-way": Sentence(
            _l("Answer on its way"),
            _l("Your request is being handled. You get a written answer by %(date)s."),
            fits=_WHILE_CLOCK_RUNS | {Status.DECIDED},
        ),
        "more": Sentence(
            _l("What is meant?"),
            _l(
                "To answer well we would like to know more exactly what you mean. You may answer here in your own "
                "words. The time limit goes on running meanwhile, and you get an answer in any case."
            ),
            fits=_WHILE_CLOCK_RUNS,
            is_for_account=True,
        ),
        "evidence": Sentence(
            _l("A document"),
            _l(
                "If you have a document that shows what is right, you may send it with your answer. It is not "
                "compulsory. Do not send a copy of an identity document."
            ),
            fits=_WHILE_CLOCK_RUNS,
            is_for_account=True,
        ),
        "decision-stands": Sentence(
            _l("The decision stands"),
            _l(
                "We have answered your request, and a message does not change the decision. If you think that "
                "something in it is wrong, tell us what: we put a mistake right with a new request."
            ),
            fits=frozenset({Status.ANSWERED, Status.CLOSED}),
            is_of_decision=True,
        ),
        "ask-again": Sentence(
            _l("A new request is needed"),
            _l(
                "You have withdrawn your request, so we do not handle it any further. If you want us to handle the "
                "matter after all, you can make a new request at any time."
            ),
            fits=frozenset({Status.WITHDRAWN}),
        ),
    },
    "extend": {
        "complexity": Sentence(
            _l("Complex"),
            _l(
                "Your request concerns data in several systems, and putting it together takes longer than usual. "
                "That is why we need more time."
            ),
        ),
        "number": Sentence(
            _l("Many requests"),
            _l("You have sent several requests, and we answer each of them with care. That is why we need more time."),
        ),
    },
    "lift-restriction": {
        "settled": Sentence(
            _l("Settled"),
            _l(
                "The matter for which we restricted the use of your data has been settled. From now on we use the "
                "data again as the privacy notice tells."
            ),
        ),
    },
}


def fitting(case: SubjectRequest, *, has_account: bool) -> Mapping[str, Mapping[str, Sentence]]:
    """Those that are true of the case as it stands, and that its maker, who may have no account here, can follow."""
    return {
        step: {name: sentence for name, sentence in named.items() if _is_true_of(case, sentence, has_account)}
        for step, named in SENTENCES.items()
    }


def _is_true_of(case: SubjectRequest, sentence: Sentence, has_account: bool) -> bool:
    is_decided = case.kind not in AT_ONCE or not sentence.is_of_decision
    is_followed = has_account or not sentence.is_for_account
    return is_decided and is_followed and case.status in sentence.fits and sentence.proves >= NEEDED_LEVEL[case.kind]


def ready(case: SubjectRequest, step: str, name: str, *, has_account: bool) -> str:
    """A sentence in the language of the case; empty where none of this name fits it."""
    sentence = fitting(case, has_account=has_account).get(step, {}).get(name)
    if sentence is None:
        return ""
    with force_locale(LOCALES[case.language]):
        return str(sentence.text) % {
            "id": case.public_id,
            "date": letters.written_date(case.extended_on or case.promise_on, case.language),
            "phone": formatting.phone(organisation.phone, case.language),
        }


def opening(case: SubjectRequest, step: str, sentence: str) -> str:
    """The first sentence of a message begins with a greeting; what stands inside a mail comes after the mail's own."""
    if step != "message":
        return sentence
    with force_locale(LOCALES[case.language]):
        hello = gettext("Hello!")
    return f"{hello}\n\n{sentence}"
