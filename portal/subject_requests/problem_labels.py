"""What a step of a request is refused with, in words that say what to do instead."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.register.labels import VALUE_PROBLEMS
from portal.subject_requests.erasing_labels import ERASE_PROBLEMS
from portal.subject_requests.guards import Problem

PROBLEMS: Mapping[StrEnum, LazyString] = {
    **VALUE_PROBLEMS,
    **ERASE_PROBLEMS,
    Problem.WRONG_STATUS: _l("This step is not possible in the request’s present state."),
    Problem.ENDED: _l("The request has ended. A mistake is repaired by a new request."),
    Problem.WRONG_ROLE: _l("This step does not belong to your role."),
    Problem.OWN_CASE: _l("Nobody handles their own request."),
    Problem.FUTURE_ARRIVAL: _l("The day of arrival cannot be in the future."),
    Problem.LATE_WITHOUT_REASON: _l("Tell why the request is recorded more than one working day after it arrived."),
    Problem.VISIT_WITHOUT_DOCUMENT: _l("Tell which proof of identity was seen and who checked it."),
    Problem.WEAK_IDENTITY: _l(
        "The person is not identified well enough for this kind of request. Make sure first who asks."
    ),
    Problem.NO_ASSIGNEE: _l("Choose who handles the request first."),
    Problem.NO_REASON: _l("Give the reason."),
    Problem.NO_QUESTION: _l("Write the question to the customer."),
    Problem.ALREADY_PAUSED: _l("The clock is paused already."),
    Problem.PAUSE_OPEN: _l("The clock is still paused."),
    Problem.WAIT_NOT_OVER: _l("The customer still has time to answer the question."),
    Problem.ALREADY_EXTENDED: _l("The time limit has been extended once already."),
    Problem.TOO_LATE_TO_EXTEND: _l("The first time limit has passed; it can no longer be extended."),
    Problem.NEVER_FOR_AT_ONCE: _l(
        "This kind of request is carried out at once. It is not paused, extended or refused."
    ),
    Problem.NOT_AT_ONCE: _l("This kind of request is decided after a review."),
    Problem.NO_OUTCOME: _l("Choose the decision for every item."),
    Problem.NO_GROUND: _l("Choose the ground: a refusal needs one."),
    Problem.NO_REASONS: _l("Write the reasons: they go into the letter."),
    Problem.RESERVED: _l(
        "This decision belongs to the decision-maker. A clerk may grant access and corrections of contact details."
    ),
    Problem.STALE_VALUE: _l("The value has changed since the customer saw it. Compare the values and choose again."),
    Problem.NO_LETTER: _l("The letter is missing."),
    Problem.NOTHING_UNREAD: _l("Nothing of the customer’s is unread: it has been answered or marked as read already."),
    Problem.NOTHING_DONE: _l("Choose for at least one task what has been done."),
    Problem.OPEN_TASKS: _l("This task is still open. The request ends when every task has been done, or told why not."),
    Problem.NO_NOTE: _l("Write on whose word, or how, this was done."),
    Problem.NOT_MERGEABLE: _l(
        "Only requests of the same kind by the same person can be merged, and the person must be identified in both. "
        "If the other one lacks that, record there first how identity was shown."
    ),
    Problem.NOT_REMINDED: _l("Remind the customer first: nobody is refused before they had a second chance to answer."),
    Problem.NEEDS_TWO: _l("Erasing takes two people: one proposes the decision, another approves it."),
    Problem.ONE_DECIDES: _l("This decision needs no second person."),
    Problem.NO_PROPOSAL: _l("Nobody has proposed a decision yet."),
    Problem.SAME_PERSON: _l("Somebody else than the person who proposed the decision must approve it."),
    Problem.NO_ASSESSMENT: _l("Write the assessment: this refusal must rest on one."),
    Problem.GROUND_UNFIT: _l("This ground does not fit this kind of request."),
    Problem.NOTHING_WITHHELD: _l("Nothing was kept back by section 34 of the Data Protection Act."),
    Problem.NOT_RESTRICTED: _l("This request restricts nothing any more."),
    Problem.NOT_BY_CATEGORY: _l("This kind of request is not decided category by category."),
    Problem.ALREADY_JOINED: _l("The request belongs to a customer already."),
    Problem.NO_METHOD: _l("Choose how identity was confirmed."),
    Problem.NO_MANDATE: _l("Choose a mandate that is in force and covers this request."),
    Problem.KNOWN_ALREADY: _l("This shows no more than is known already."),
    Problem.COPY_NEEDS_STRONG: _l(
        "A copy of the data may leave the portal only for somebody who has shown a proof of identity. Record that it "
        "was shown first, or give the copy in this service."
    ),
    Problem.NOT_REACHED: _l("The answer cannot reach the customer that way."),
    Problem.PAPER_NOT_ASKED: _l(
        "The request was made electronically and is answered so, unless the customer asks for paper. Write who asked "
        "for it, and when."
    ),
    Problem.EMPTY: _l("Fill in this field."),
    Problem.TOO_LONG: _l("The text is too long."),
    Problem.UNCHANGED: _l("The proposed value is the same as the present one."),
    Problem.NOT_CORRECTABLE: _l("This field cannot be chosen for a correction."),
    Problem.INVALID_VALUE: _l("Check what you wrote: it does not fit here."),
    Problem.UNREADABLE: _l(
        "What was proposed cannot be read: its stored form is damaged. Ask the customer to send it again."
    ),
    Problem.NO_CUSTOMER: _l("Give the customer number or a contact."),
    Problem.UNKNOWN_CUSTOMER: _l("There is no customer with this number."),
    Problem.FILE_UNFIT: _l(
        "Choose a PDF, PNG or JPEG file that opens without a password and has no scripts or attachments inside."
    ),
    Problem.FILE_TOO_LARGE: _l("The file is too large: at most 10 MB."),
    Problem.TOO_MANY_FILES: _l("This request has ten files already, and cannot take more."),
    Problem.NO_CATEGORY: _l("Choose at least one category of data."),
    Problem.CHANNEL_UNFIT: _l("The contact is of another kind: choose another answer here, or correct the contact."),
    Problem.NOTHING_TO_POST: _l("No letter of this request waits to be posted."),
    Problem.UNKNOWN_ASSIGNEE: _l("Choose a member of staff who handles requests."),
}

OPT_OUT_PROBLEMS = {
    **PROBLEMS,
    Problem.INVALID_VALUE: _l("Write an e-mail address, a phone number, or a name with the whole postal address."),
}

PUBLIC_PROBLEMS = {
    **PROBLEMS,
    Problem.INVALID_VALUE: _l("Write an e-mail address, a phone number or a whole postal address."),
}
