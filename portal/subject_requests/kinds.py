"""The words of a request's data: kinds, statuses, channels and what else is stored as a code."""

from collections.abc import Collection
from enum import StrEnum


class Kind(StrEnum):
    ACCESS = "access"
    PORTABILITY = "portability"
    CORRECTION = "correction"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    CONSENT_WITHDRAWAL = "consent-withdrawal"
    OPT_OUT = "opt-out"


class Status(StrEnum):
    RECEIVED = "received"
    IN_REVIEW = "in-review"
    IDENTITY_PENDING = "identity-pending"
    DECIDED = "decided"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


# Cases that wait for us; `answered` only waits for the tasks that follow.
UNDECIDED = (Status.RECEIVED, Status.IN_REVIEW, Status.IDENTITY_PENDING)
OPEN = (*UNDECIDED, Status.DECIDED)
DECIDED = (Status.DECIDED, Status.ANSWERED, Status.CLOSED)
ENDED = (Status.CLOSED, Status.WITHDRAWN, Status.MERGED)


class Channel(StrEnum):
    PORTAL = "portal"
    LETTER = "letter"
    VISIT = "visit"
    PHONE = "phone"
    EMAIL = "email"


# A request made so is answered so, unless the customer asks otherwise (article 12(3), L8).
ELECTRONIC = frozenset({Channel.PORTAL, Channel.EMAIL})


class Place(StrEnum):
    """Where a request arrived: the clock starts at the earlier of the two (I21)."""

    VERKKO = "kss-verkko"
    ENERGIA = "kss-energia"


class IdentityMethod(StrEnum):
    """How identity was shown; none consists of the identity code, or of the code and a name (L13)."""

    NONE = "none"
    CONTACT_CODE = "contact-code"
    CALL_BACK = "call-back"  # to the number on file
    PORTAL = "portal"
    ID_DOCUMENT = "id-document"


class IdentityFact(StrEnum):
    """What a caller can tell that others do not know; the identity code and the name are not such facts (L13)."""

    CUSTOMER_NUMBER = "customer-number"
    METERING_POINT = "metering-point"
    LAST_INVOICE = "last-invoice"
    CONTRACT = "contract"


class IdentityLevel(StrEnum):
    """How well it is known who asks (L0): nobody, who holds the contact on file, signed in, document or bank ID."""

    UNKNOWN = "l0"
    CONTACT = "l1"
    PORTAL = "l2"
    STRONG = "l3"


LEVEL_OF = {
    IdentityMethod.NONE: IdentityLevel.UNKNOWN,
    IdentityMethod.CONTACT_CODE: IdentityLevel.CONTACT,
    IdentityMethod.CALL_BACK: IdentityLevel.CONTACT,
    IdentityMethod.PORTAL: IdentityLevel.PORTAL,
    IdentityMethod.ID_DOCUMENT: IdentityLevel.STRONG,
}

FACTS_BY_PHONE = 2  # beside the code or the call back


def level_shown(channel: Channel, method: IdentityMethod, facts: Collection[IdentityFact] = ()) -> IdentityLevel:
    """What a way of identifying proves: on the phone a code or a call back is worth nothing without two facts."""
    if channel is Channel.PHONE and method in BY_CONTACT and len(set(facts)) < FACTS_BY_PHONE:
        return IdentityLevel.UNKNOWN
    return LEVEL_OF[method]


BY_CONTACT = frozenset({IdentityMethod.CONTACT_CODE, IdentityMethod.CALL_BACK})

NEEDED_LEVEL = {
    Kind.OPT_OUT: IdentityLevel.UNKNOWN,
    Kind.CONSENT_WITHDRAWAL: IdentityLevel.CONTACT,
    Kind.OBJECTION: IdentityLevel.CONTACT,
    Kind.RESTRICTION: IdentityLevel.CONTACT,
    Kind.CORRECTION: IdentityLevel.PORTAL,
    Kind.ACCESS: IdentityLevel.PORTAL,
    Kind.PORTABILITY: IdentityLevel.PORTAL,
    Kind.ERASURE: IdentityLevel.PORTAL,
}

# Answered with a copy of the data: what has no account to look in is given it by hand, outside the portal.
COPIES = frozenset({Kind.ACCESS, Kind.PORTABILITY})

# Done in the transaction that receives them: no review and no refusal (L27, L29).
AT_ONCE = frozenset({Kind.OPT_OUT, Kind.CONSENT_WITHDRAWAL})


class Outcome(StrEnum):
    GRANT = "grant"
    PARTLY = "partly"
    REFUSE = "refuse"


class Ground(StrEnum):
    """Coded grounds of not doing all that was asked; the legal reference is in labels."""

    DATA_CORRECT = "data-correct"
    NOT_SUBSTANTIATED = "not-substantiated"
    LEGAL_OBLIGATION = "legal-obligation"
    LEGAL_CLAIMS = "legal-claims"
    RIGHTS_OF_OTHERS = "rights-of-others"
    WITHHELD_SECURITY = "withheld-security"
    WITHHELD_HARM = "withheld-harm"
    WITHHELD_SUPERVISION = "withheld-supervision"
    NOT_HELD = "not-held"
    COMPELLING_GROUNDS = "compelling-grounds"
    UNFOUNDED_OR_EXCESSIVE = "unfounded-or-excessive"
    NOT_IDENTIFIED = "not-identified"


# The three grounds of the Data Protection Act, section 34; there are no others for keeping a part back (L19).
WITHHELD = frozenset({Ground.WITHHELD_SECURITY, Ground.WITHHELD_HARM, Ground.WITHHELD_SUPERVISION})


class ExtensionReason(StrEnum):
    """The only two reasons that article 12(3) knows."""

    COMPLEXITY = "complexity"
    NUMBER = "number"


class DocumentType(StrEnum):
    """What was shown at the counter; no copy and no number is kept (L10)."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identity-card"
    DRIVING_LICENCE = "driving-licence"
    OTHER = "other"


class TaskOutcome(StrEnum):
    """What came of telling a recipient (article 19)."""

    DONE = "done"
    IMPOSSIBLE = "impossible"
    DISPROPORTIONATE = "disproportionate"


class TaskKind(StrEnum):
    """What follows from a decision."""

    RECIPIENT = "recipient"  # tell who was given the data (article 19)
    DATAHUB = "datahub"  # correct it where it comes from (Electricity Market Act 75 a §)
    BY_HAND = "by-hand"  # carry the decision out where the portal does not reach
    OMBUDSMAN = "ombudsman"  # give the information kept back to the ombudsman (Data Protection Act 34 §)


class Sender(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"


class ReminderKind(StrEnum):
    """What staff are reminded of, once each; past the legal limit every day."""

    TEN_DAYS = "ten-days"
    FIVE_DAYS = "five-days"
    ONE_DAY = "one-day"
    LATE = "late"
    OVERDUE = "overdue"
