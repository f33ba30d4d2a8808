"""The bundle of a case: complete, masked, and checked by a stranger's program."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, current_app

from portal.config import ROOT
from portal.core import checkpoints
from portal.core.clock import local_date
from portal.core.errors import Forbidden, NotFound
from portal.core.settings import settings
from portal.register.care import mandates
from portal.subject_requests import bundles, evidence, handling, opting_out, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.commands import requests
from portal.subject_requests.kinds import Channel, ExtensionReason, Kind, Outcome, Status
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START
from tests.factories import make_customer
from tests.register.care.served import a_mandate
from tests.subject_requests.people import CLERK, DECIDER, correction, decide, phone_correction

sys.path.insert(0, str(ROOT / "docs"))
import verify_case_bundle

BY_LETTER = Arrival(channel=Channel.LETTER, received_on=local_date(START))


@pytest.fixture
def case(context: Flask) -> SubjectRequest:
    """An answered correction of an identity code, beside another case; nothing was signed for another test's trail."""
    (settings().instance / checkpoints.FILE).unlink(missing_ok=True)
    customer_id = make_customer(preferred_language="en", identity_code="010190-999W").id
    other = phone_correction(make_customer().id, START)
    case = correction(customer_id, START, "identity_code", None, "280285-901N")
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    handling.take(public_id=other.public_id, actor=CLERK, now=START)
    handling.message(public_id=case.public_id, text="We look into it.", actor=CLERK, now=START)
    handling.note(public_id=case.public_id, text="Called.", actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    return case


def opened(case: SubjectRequest) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(bundles.make(public_id=case.public_id, actor=DECIDER, now=START)))


def test_the_bundle_holds_the_whole_case_and_no_identity_code(case: SubjectRequest) -> None:
    bundle = opened(case)
    told = json.loads(bundle.read("case.json"))
    assert (told["id"], told["status"], told["outcome"]) == (case.public_id, "answered", "grant")
    assert told["dpv_status"] == "https://w3id.org/dpv#RequestFulfilled"
    assert [message["text"] for message in json.loads(bundle.read("messages.json"))] == ["We look into it."]
    assert [note["text"] for note in json.loads(bundle.read("notes.json"))] == ["Called."]
    steps = [step["step"] for step in json.loads(bundle.read("history.json"))]
    assert steps == ["submit", "take", "message", "note", "decide", "answer"]
    (letter,) = [name for name in bundle.namelist() if name.startswith("letters/")]
    assert bundle.read(letter).startswith(b"%PDF")
    texts = [bundle.read(name).decode() for name in bundle.namelist() if name.endswith((".json", ".jsonl"))]
    for code in ("010190-999W", "280285-901N"):
        assert not any(code in text for text in texts)
    actions = [event["action"] for event in json.loads(bundle.read("audit.json"))]
    assert actions[0] == "request:receive"
    assert actions[-1] == "request:bundle"


def test_a_protected_address_is_in_no_bundle(context: Flask) -> None:
    """L40: the file leaves the house."""
    customer_id = make_customer(is_protected=True).id
    case = correction(customer_id, START, "billing_street", "Esimerkkikatu 3 A 4", "Toinen tie 5")
    bundle = opened(case)
    told = json.loads(bundle.read("case.json"))
    assert [(item["value_seen"], item["proposed"], item["value_before"]) for item in told["items"]] == [
        ("(protected address)", "(protected address)", None)
    ]
    texts = [bundle.read(name).decode() for name in bundle.namelist() if name.endswith((".json", ".jsonl"))]
    assert not any("Esimerkkikatu" in text or "Toinen tie" in text for text in texts)


@pytest.mark.parametrize(
    ("is_protected", "contact", "told"),
    [
        (True, "Esimerkkikatu 3 A 4, 45100 Kouvola", "(protected address)"),
        (False, "Esimerkkikatu 3 A 4, 45100 Kouvola", "Esimerkkikatu 3 A 4, 45100 Kouvola"),
        (True, "aino@example.com", "aino@example.com"),
        (True, "+358 44 000 1234", "+358 44 000 1234"),
    ],
)
def test_a_protected_address_that_was_given_as_the_contact_is_in_no_bundle(
    context: Flask, is_protected: bool, contact: str, told: str
) -> None:
    """Who forbids marketing by post writes the address."""
    customer_id = make_customer(is_protected=is_protected).id
    case = opting_out.opt_out(customer_id=customer_id, contact=contact, actor=CLERK, now=START, arrival=BY_LETTER)
    assert json.loads(opened(case).read("case.json"))["contact"] == told


def test_a_stranger_finds_it_sound_and_every_change_of_it(case: SubjectRequest) -> None:
    bundle = opened(case)
    assert verify_case_bundle.flaws(bundle) == []
    events = json.loads(bundle.read("audit.json"))
    events[1]["detail"][8] = "withdraw"
    assert flaws_of(bundle, "audit.json", json.dumps(events)) == ["what it tells is not what was recorded"]
    chain = bundle.read("proof/chain.jsonl").decode()
    assert "its hash is wrong" in flaws_of(bundle, "proof/chain.jsonl", chain.replace("request:step", "request:stop"))
    signed = bundle.read("proof/checkpoints.jsonl").decode()
    assert flaws_of(bundle, "proof/checkpoints.jsonl", signed.replace('"count":', '"count":1'))
    (letter,) = [name for name in bundle.namelist() if name.startswith("letters/")]
    assert flaws_of(bundle, letter, "%PDF") == ["the letter is not the one that was sent"]


def flaws_of(bundle: zipfile.ZipFile, name: str, content: str) -> list[str]:
    """What the program says once one file of the bundle is another."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as changed:
        for known in bundle.namelist():
            changed.writestr(known, content if known == name else bundle.read(known))
    return [flaw.partition(": ")[2] for flaw in verify_case_bundle.flaws(zipfile.ZipFile(out))]


def test_only_decision_makers_make_it_and_only_of_what_there_is(case: SubjectRequest) -> None:
    with pytest.raises(Forbidden):
        bundles.make(public_id=case.public_id, actor=CLERK, now=START)
    with pytest.raises(NotFound):
        bundles.make(public_id="2222-2222", actor=DECIDER, now=START)


def test_nobody_reads_the_papers_of_their_own_case_at_the_desk(case: SubjectRequest) -> None:
    """Notes among staff stand in the bundle; their own letter they have in their own account."""
    own = replace(DECIDER, customer_id=case.customer_id)
    for read in (
        lambda: bundles.make(public_id=case.public_id, actor=own, now=START),
        lambda: services.letter(public_id=case.public_id, actor=own, now=START),
        lambda: evidence.opened(public_id=case.public_id, file_id="1", actor=own, now=START),
    ):
        with pytest.raises(Forbidden):
            read()


def test_the_command_writes_a_file_that_the_program_in_it_accepts(case: SubjectRequest, tmp_path: Path) -> None:
    file = tmp_path / "case.zip"
    made = current_app.test_cli_runner().invoke(requests, ["bundle", case.public_id, str(file)])
    assert (made.exit_code, file.stat().st_mode & 0o777) == (0, 0o600)
    with zipfile.ZipFile(file) as bundle:
        bundle.extract("proof/verify.py", tmp_path)
    found = subprocess.run(
        [sys.executable, str(tmp_path / "proof" / "verify.py"), str(file)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout.splitlines()[-1]) == (
        0,
        "every event of the case stands in the signed chain",
    )
    again = current_app.test_cli_runner().invoke(requests, ["bundle", case.public_id, str(file)])
    assert again.exit_code != 0
    assert "is there already" in again.output


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"status": Status.RECEIVED}, "RequestAcknowledged"),
        ({"status": Status.IDENTITY_PENDING}, "RequestRequiresAction"),
        ({"status": Status.IN_REVIEW, "paused_days": 3}, "RequestRequiredActionPerformed"),
        ({"status": Status.IN_REVIEW, "extension_reason": ExtensionReason.NUMBER}, "RequestActionDelayed"),
        ({"status": Status.DECIDED, "outcome": Outcome.PARTLY}, "RequestAccepted"),
        ({"status": Status.CLOSED, "outcome": Outcome.REFUSE}, "RequestRejected"),
        ({"status": Status.WITHDRAWN}, "RequestUnfulfilled"),
    ],
)
def test_statuses_in_the_words_of_the_data_privacy_vocabulary(values: dict[str, object], word: str) -> None:
    case = SubjectRequest(**{"kind": Kind.ACCESS, "paused_days": 0, **values})
    assert bundles.dpv_status(case) == f"https://w3id.org/dpv#{word}"


def test_the_bundle_names_who_spoke_for_the_customer_and_by_which_mandate(context: Flask) -> None:
    customer_id = make_customer().id
    told = a_mandate(representative_number="", name="Eeva Edustaja")
    mandate = mandates.record(customer_id=customer_id, told=told, actor=CLERK, now=START)
    arrival = Arrival(channel=Channel.LETTER, received_on=local_date(START), mandate_id=mandate.id)
    spoken = services.submit(Kind.ACCESS, customer_id=customer_id, text="", arrival=arrival, actor=CLERK, now=START)
    named = json.loads(opened(spoken).read("case.json"))["representative"]
    assert (named["mandate"], named["representative"]) == (str(mandate.id), "Eeva Edustaja")
    assert (named["kind"], named["evidence"]) == (told.kind, told.evidence)
    alone = phone_correction(customer_id, START)
    assert json.loads(opened(alone).read("case.json"))["representative"] is None
