"""Letters: what each must hold, as words that can be read out of the PDF; no two languages and outcomes left out."""

import io
import re
from datetime import date

import pytest
from flask import Flask
from pypdf import PdfReader

from portal.config import LANGUAGES
from portal.subject_requests import letters
from portal.subject_requests.kinds import AT_ONCE, Ground, Kind, Outcome
from portal.subject_requests.letters import ErasedPart, Given, LetterItem
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START
from tests.tagged_pdf import faults, in_the_window

ALWAYS = {
    "fi": (
        "Vastaus pyyntöösi",
        "tietosuojavaltuutetun käsiteltäväksi",
        "kolmen kuukauden kuluessa",
        "valituksen hallinto-oikeudelle",
        "79 artikla",
        "Pyynnön käsittely on maksutonta",
    ),
    "en": (
        "Answer to your request",
        "bring the matter to the Data Protection Ombudsman",
        "within three months",
        "appeal to the administrative court",
        "Article 79",
        "Handling the request is free of charge",
    ),
}
OUTCOMES = {
    "fi": {
        Outcome.GRANT: "Hyväksyimme pyyntösi.",
        Outcome.PARTLY: "Hyväksyimme pyyntösi osittain.",
        Outcome.REFUSE: "Emme voineet hyväksyä pyyntöäsi.",
    },
    "en": {
        Outcome.GRANT: "We have granted your request.",
        Outcome.PARTLY: "We have granted your request in part.",
        Outcome.REFUSE: "We could not grant your request.",
    },
}
# A ground in each letter that refuses something: all of them are told somewhere.
GROUNDS = {
    Kind.ACCESS: Ground.WITHHELD_HARM,
    Kind.PORTABILITY: Ground.RIGHTS_OF_OTHERS,
    Kind.CORRECTION: Ground.NOT_SUBSTANTIATED,
    Kind.ERASURE: Ground.LEGAL_OBLIGATION,
    Kind.RESTRICTION: Ground.UNFOUNDED_OR_EXCESSIVE,
    Kind.OBJECTION: Ground.COMPELLING_GROUNDS,
}


def read(document: bytes | None) -> str:
    assert document is not None
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages).split())


def letter(kind: Kind, outcome: Outcome, language: str, *, ground: Ground | None = None, **values: object) -> bytes:
    """A letter of a case that is in no database."""
    case = SubjectRequest(
        id=1,
        public_id="K7F3-9QTD",
        kind=kind,
        outcome=outcome,
        language=language,
        received_on=date(2026, 11, 24),
        decided_at=START,
    )
    item = LetterItem(
        title=None,
        is_field=False,
        seen=None,
        proposed=None,
        before=None,
        after=None,
        outcome=outcome,
        ground=ground,
        reasons="So it is #1 *here*." if ground else None,
    )
    made = letters.make(
        case,
        items=[] if kind in AT_ONCE else [item],
        addressee=["Äijö Ångström"],
        recipients=[],
        now=START,
        **values,  # type: ignore[arg-type]
    )
    assert made.document is not None
    return made.document


# What the law wants in the answer to each kind beside that (L16 for access; articles 11, 12, 18 and 19 for others)
ACCESS_BLOCKS = {
    "fi": (
        "Käsittelyn tarkoitukset",
        "Henkilötietoryhmät",
        "Vastaanottajat",
        "Kenelle tietojasi on annettu",
        "Säilytysajat",
        "Oikeutesi",
        "Tietolähteet",
        "Automaattinen päätöksenteko",
        "Siirrot EU:n ja ETA:n ulkopuolelle",
        "Jäljennös tiedoistasi",
    ),
    "en": (
        "Purposes of the processing",
        "Categories of personal data",
        "Recipients",
        "To whom your data has been given",
        "Retention periods",
        "Your rights",
        "Sources of the data",
        "Automated decisions",
        "Transfers outside the EU and the EEA",
        "Copy of your data",
    ),
}
KIND_WORDS = {
    "fi": {
        Kind.ACCESS: "Oikeus saada pääsy omiin tietoihin",
        Kind.PORTABILITY: "Tietojen siirtäminen järjestelmästä toiseen",
        Kind.CORRECTION: "Tietojen oikaiseminen",
        Kind.ERASURE: "Tietojen poistaminen",
        Kind.RESTRICTION: "Käsittelyn rajoittaminen",
        Kind.OBJECTION: "Käsittelyn vastustaminen",
        Kind.CONSENT_WITHDRAWAL: "Suostumuksen peruuttaminen",
        Kind.OPT_OUT: "Suoramarkkinointikielto",
    },
    "en": {
        Kind.ACCESS: "Access to your own data",
        Kind.PORTABILITY: "Data portability",
        Kind.CORRECTION: "Rectification of data",
        Kind.ERASURE: "Erasure of data",
        Kind.RESTRICTION: "Restriction of processing",
        Kind.OBJECTION: "Objection to processing",
        Kind.CONSENT_WITHDRAWAL: "Withdrawal of consent",
        Kind.OPT_OUT: "Direct marketing opt-out",
    },
}
SAYS = {
    "fi": ("Asian tunnus: K7F3-9QTD", "Pyyntö saapui: 24.11.2026", "Päätös tehtiin: 24.11.2026", "Päätös: "),
    "en": (
        "Case reference: K7F3-9QTD",
        "Request received: 24 November 2026",
        "Decided: 24 November 2026",
        "Decision: ",
    ),
}
AT_ONCE_WORDS = {
    "fi": {
        Kind.OPT_OUT: "Kielto on voimassa, kunnes itse sallit markkinoinnin uudelleen.",
        Kind.CONSENT_WITHDRAWAL: "Antamasi markkinointiluvat eivät ole enää voimassa.",
    },
    "en": {
        Kind.OPT_OUT: "The opt-out is in force until you allow marketing again yourself.",
        Kind.CONSENT_WITHDRAWAL: "The marketing permissions you had given are no longer in force.",
    },
}
EVERY_OUTCOME = [
    *((kind, outcome) for kind in GROUNDS for outcome in Outcome),
    *((kind, Outcome.GRANT) for kind in (Kind.CONSENT_WITHDRAWAL, Kind.OPT_OUT)),
]


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize(("kind", "outcome"), EVERY_OUTCOME)
def test_the_letter_of_every_outcome_holds_what_it_must(
    context: Flask, language: str, kind: Kind, outcome: Outcome
) -> None:
    ground = GROUNDS.get(kind) if outcome is not Outcome.GRANT else None
    document = letter(kind, outcome, language, ground=ground)
    assert faults(document, language=language, title=f"{ALWAYS[language][0]} K7F3-9QTD") == []
    words = read(document)
    *dates, decision = SAYS[language]
    for part in (*ALWAYS[language], OUTCOMES[language][outcome], KIND_WORDS[language][kind], *dates, "Äijö Ångström"):
        assert part in words
    if ground is not None:
        assert "So it is #1 *here*." in words
        assert re.search(r"tietosuojalain|yleisen tietosuoja|GDPR|Data Protection Act", words)
    if kind in AT_ONCE:
        assert re.search(
            {"fi": r"24\.11\.2026 klo 10\.00\b(?!\.)", "en": r"24 November 2026 at 10:00\b(?!:)"}[language], words
        )
        assert AT_ONCE_WORDS[language][kind] in words
    else:
        assert decision in words
    has_access_blocks = kind is Kind.ACCESS and outcome is not Outcome.REFUSE
    assert [part in words for part in ACCESS_BLOCKS[language][5:]] == [has_access_blocks] * 5
    if has_access_blocks:
        assert all(part in words for part in ACCESS_BLOCKS[language])


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", list(GROUNDS))
def test_who_was_not_identified_is_told_how_to_go_on_and_where_to_complain(
    context: Flask, language: str, kind: Kind
) -> None:
    words = read(letter(kind, Outcome.REFUSE, language, ground=Ground.NOT_IDENTIFIED))
    for part in (*ALWAYS[language], OUTCOMES[language][Outcome.REFUSE]):
        assert part in words
    assert {"fi": "11 artikla ja 12 artiklan 2 kohta", "en": "Articles 11 and 12(2) of the GDPR"}[language] in words
    assert {"fi": "käsittelemme pyyntösi uudelleen", "en": "we take up your request again"}[language] in words


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("ground", list(Ground))
def test_every_ground_names_its_law_in_the_letter(context: Flask, language: str, ground: Ground) -> None:
    words = read(letter(Kind.ACCESS, Outcome.PARTLY, language, ground=ground))
    law = {
        "fi": r"(yleisen tietosuoja-asetuksen \d+ artikla|tietosuojalain 34 §:n)",
        "en": r"(Articles? \d+|section 34\(1\) ?\(\d\) of the Data Protection Act)",
    }
    assert re.search(rf"{({'fi': 'Peruste', 'en': 'Ground'})[language]}: [^:]*\({law[language]}", words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ground_has_its_words(language: str) -> None:
    source = (letters.FOLDER / "decision" / f"{language}.typ").read_text(encoding="utf-8")
    for ground in Ground:
        assert len(re.findall(rf'^ +{ground.value}: "', source, re.MULTILINE)) == 1, ground


def test_what_is_kept_back_goes_to_the_ombudsman_when_asked(context: Flask) -> None:
    words = read(letter(Kind.ACCESS, Outcome.PARTLY, "fi", ground=Ground.WITHHELD_HARM))
    assert "annamme pidätetyt tiedot tietosuojavaltuutetulle (tietosuojalain 34 §)" in words


@pytest.mark.parametrize(("outcome", "is_said"), [(Outcome.PARTLY, True), (Outcome.REFUSE, False)])
def test_all_other_data_is_promised_only_where_some_is_given(context: Flask, outcome: Outcome, is_said: bool) -> None:
    words = read(letter(Kind.ACCESS, outcome, "en", ground=Ground.WITHHELD_HARM))
    assert ("You get all your other data." in words) == is_said


def test_recipients_are_told_by_name_and_day(context: Flask) -> None:
    given = [Given(name="Suomen Asiakastieto Oy", on=date(2026, 3, 2))]
    assert "Suomen Asiakastieto Oy, 2.3.2026" in read(letter(Kind.ACCESS, Outcome.GRANT, "fi", given=given))
    assert "has not been disclosed to anybody" in read(letter(Kind.ACCESS, Outcome.GRANT, "en"))


def test_an_erasure_tells_part_by_part_what_became_of_it(context: Flask) -> None:
    erased = [
        ErasedPart(what="Invoices", sentence="Kept until 31 December 2032 (Accounting Act), and then deleted."),
        ErasedPart(what="Feedback", sentence="Deleted."),
    ]
    words = read(letter(Kind.ERASURE, Outcome.PARTLY, "en", ground=Ground.LEGAL_OBLIGATION, erased=erased))
    assert "Invoices: Kept until 31 December 2032 (Accounting Act), and then deleted." in words
    assert "Feedback: Deleted." in words


@pytest.mark.parametrize(
    ("restriction", "part"), [("ends", "ends with this letter"), ("holds", "before the restriction")]
)
def test_a_restriction_is_told(context: Flask, restriction: str, part: str) -> None:
    assert part in read(letter(Kind.OBJECTION, Outcome.GRANT, "en", restriction=restriction))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_window_of_an_envelope_shows_the_addressee_and_nothing_else(context: Flask, language: str) -> None:
    case = SubjectRequest(public_id="K7F3-9QTD", kind=Kind.ACCESS, language=language, received_on=date(2026, 11, 24))
    addressee = ["Äijö-Kristian Ångström-Kärkkäinen-Lindqvist", "Esimerkkikatu 3 A 4", "45100 Kouvola"]
    told = {"items": [], "recipients": [], "decided_at": START, "now": START}
    document = letters.typeset(case, outcome=Outcome.GRANT, addressee=addressee, **told)  # type: ignore[arg-type]
    assert in_the_window(document) == addressee


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_letter_tells_how_and_when_to_reach_us(context: Flask, language: str) -> None:
    words = read(letter(Kind.ACCESS, Outcome.GRANT, language))
    reach = {"fi": "05 885 111 (ma–pe klo 10–16)", "en": "+358 5 885 111 (Mon–Fri 10:00–16:00)"}
    assert reach[language] in words
    assert "viestinta@kssenergia.fi" in words


def test_the_same_day_is_told_once_and_two_days_each_as_what_it_is(context: Flask) -> None:
    def told(promise: date) -> str:
        return letters.told_dates(promise=promise, limit=date(2026, 12, 28), language="en")

    assert told(date(2026, 12, 28)) == ("We promise to answer by 28 December 2026, which is also the limit set by law.")
    assert told(date(2026, 12, 25)) == (
        "We promise to answer by 25 December 2026. The limit set by law is 28 December 2026."
    )


MAILS = {
    "answered": {"reference", "link"},
    "answered-apart": {"reference"},
    "consent-withdrawal": {"reference", "effective"},
    "extended": {"reference", "limit", "explanation"},
    "holding": {"reference", "limit"},
    "identity": {"reference", "question", "link", "address"},
    "identity-reminder": {"reference", "until", "link", "address"},
    "merged": {"reference", "target", "dates"},
    "message": {"reference", "link"},
    "message-apart": {"reference"},
    "opt-out": {"reference", "effective"},
    "received": {"reference", "dates", "link"},
    "received-unidentified": {"reference", "question", "start", "dates"},
    "reminder-due": {"reference", "due", "limit", "link"},
    "reminder-late": {"reference", "due", "limit", "link"},
    "reminder-overdue": {"reference", "limit", "link"},
    "restriction-lifted": {"reference", "explanation"},
    "withdrawn": {"reference"},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_is_there_with_what_it_has_to_tell(language: str) -> None:
    told = {
        file.name.removesuffix(f".{language}.txt"): set(re.findall(r"\$([a-z]+)", file.read_text("utf-8")))
        for file in (letters.FOLDER / "mail").glob(f"*.{language}.txt")
    }
    assert told == MAILS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_about_a_case_leaves_greeting_and_sign_off_to_the_outbox(name: str, language: str) -> None:
    text = (letters.FOLDER / "mail" / f"{name}.{language}.txt").read_text("utf-8")
    assert not re.search("Hei|Hello|terveisin|regards", text)
    broken = [part for part in text.strip().split("\n\n") if "\n" in part and ":\n" not in part]
    assert broken == [], "a paragraph is one line, which the reader's program wraps"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["answered", "identity", "identity-reminder", "message", "received"])
def test_a_link_behind_the_sign_in_says_so(name: str, language: str) -> None:
    text = (letters.FOLDER / "mail" / f"{name}.{language}.txt").read_text("utf-8")
    assert {"fi": "tietosuojaportaaliin", "en": "Sign in to the privacy portal"}.get(language, "") in text
