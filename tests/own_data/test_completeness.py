"""Nothing that is stored about a person is left out: every column has its place in the copy, or a reason.

A new table or column fails here until somebody has decided where the person sees it.
"""

from typing import Any

from flask import Flask
from sqlalchemy import Table

from portal.catalogues.fields import CATEGORIES, FIELDS
from portal.core import clock
from portal.core.db import Model
from tests.own_data.reading import export
from tests.pages import Pages
from tests.register.care.served import serve

# how a row is tied to a person, directly or through an account or a request
TIES = {"customer_id", "account_id", "request_id", "subject", "contact_encrypted"}

# tables of the field catalogue: tests/catalogues/test_fields.py holds their columns against it
OF_THE_CATALOGUE = {spec.table for spec in CATEGORIES.values()}

# table -> part of the JSON copy, and for each column the key that tells it there
IN_THE_COPY: dict[str, tuple[str, dict[str, str]]] = {
    "permission_event": (
        "permissions.history",
        {
            "type": "type",
            "channel": "channel",
            "old_state": "before",
            "new_state": "after",
            "source": "source",
            "unit": "by",
            "at": "at",
        },
    ),
    "consent_detail": ("consents", {"record_id": "record_id"}),
    "consent_record": (
        "consents",
        {
            "given_at": "given_at",
            "expires_at": "expires_at",
            "language": "language",
            "surface": "surface",
            "method": "method",
            "functional": "categories",
            "analytics": "categories",
            "marketing": "categories",
            "notice_version": "notice_version",
        },
    ),
    "subject_request": (
        "requests",
        {
            "public_id": "id",
            "kind": "kind",
            "status": "status",
            "channel": "channel",
            "received_on": "received_on",
            "answered_at": "answered_at",
            "text_encrypted": "text",
            "grounds_encrypted": "grounds",
        },
    ),
    "request_item": (
        "requests.items",
        {
            "field": "field",
            "record_id": "record",
            "value_seen_encrypted": "value_seen",
            "proposed_encrypted": "proposed",
            "outcome": "outcome",
            "reasons_encrypted": "reasons",
        },
    ),
    "case_message": ("requests.messages", {"at": "at", "sender": "from", "text_encrypted": "text"}),
    "disclosure": (
        "disclosures",
        {
            "disclosed_at": "at",
            "recipient": "recipient",
            "recipient_name": "name",
            "legal_ground": "legal_ground",
            "field_keys": "fields",
            "holder_id": "country",
        },
    ),
    "mandate": (
        "mandates",
        {
            "name_encrypted": "representative",
            "contact_encrypted": "contact",
            "kind": "kind",
            "scope": "scope",
            "valid_from": "valid_from",
            "valid_until": "valid_until",
            "evidence": "evidence",
            "evidence_checked_on": "checked_on",
            "ended_on": "ended_on",
            "end_reason": "end_reason",
        },
    ),
    "contact_entry": (
        "contacts",
        {
            "happened_at": "at",
            "channel": "channel",
            "direction": "direction",
            "topic": "topic",
            "note_encrypted": "note",
            "case_id": "case",
            "is_recorded": "recorded",
            "unit": "unit",
            "corrects_id": "corrects",
        },
    ),
    "manual_material": (
        "manual_material",
        {"kind": "kind", "kept_since": "since", "destroyed_on": "destroyed_on"},
    ),
    "audit_detail": ("viewings", {"unit": "unit", "purpose": "purpose", "case_id": "case", "object_ref": "part"}),
    "remembered_device": (
        "devices",
        {
            "name": "name",
            "created_at": "first_used_at",
            "last_used_at": "last_used_at",
            "expires_at": "remembered_until",
        },
    ),
    "user_session": (
        "devices",
        {"name": "name", "created_at": "first_used_at", "last_seen_at": "last_used_at"},
    ),
}

# what says nothing of the person beyond what is told already: keys, hashes, and how we work
WORKING = {
    "id", "sequence", "seq", "salt", "actor", "role", "object_ref", "subject", "customer_id", "account_id", "actor_id",
    "request_id", "position", "device_id", "epoch", "revoked_at", "is_current_seen", "rotated_at", "selector",
    "validator_digest", "previous_digest", "token_digest", "password_entered_at", "idle_expires_at",
    "absolute_expires_at", "outcome", "once_key", "has_gpc", "catalogue_version", "texts", "detail_digest",
    "previous_hash", "hash",
}  # fmt: skip
# of a request: who handles it and how its dates are counted stand on its own page; a decision stands in its letter
OF_THE_CASE = {
    "previous_status", "version", "language", "contact_encrypted", "once_key", "received_at_place", "recorded_at",
    "recorded_by_account_id", "late_reason", "is_signed", "identity_method", "identity_level", "document_type",
    "document_checked_by", "promise_on", "statutory_on", "extended_on", "work_by", "holiday_table_version",
    "paused_days", "paused_from", "extension_reason", "assignee_account_id", "decided_by_account_id", "decided_at",
    "linked_to_id", "merged_into_id", "identity_facts", "identity_reminded_at", "assessment_encrypted",
    "proposed_by_account_id", "proposed_at", "category", "keeps_reasons_back", "received_time", "mandate_id",
    "answer_channel", "ended_at", "unread_since", "ground", "base_value_encrypted", "value_before_encrypted",
    "value_after_encrypted",
}  # fmt: skip
# of mandates, contacts and paper: who of us wrote it down; who the representative is as a customer is that person's own
# data; where paper lies is for nobody outside the house (R87)
OF_CARE = {
    "recorded_by_account_id", "recorded_at", "once_key", "evidence_checked_by", "representative_customer_id", "room",
    "shelf", "key_holder",
}  # fmt: skip
# changes on the way between branches of the schema
TOLD_BY_THE_PAGE_OF_PERMISSIONS = {"act_id", "given_on", "wording_sha256", "wording_language"}

APART = {
    "account_proposal": "two administrators about an account of staff",
    "activation": "a link that was sent; gone when used or old",
    "activation_request": "waits for minutes until the worker has looked",
    "case_file": "what the person sent to a request themself: downloaded on its page",
    "case_event": "steps of a request, on its own page",
    "case_reminder": "staff were reminded of a case: nothing of the person",
    "case_note": "notes among staff about a case: decided with the request (L19)",
    "customer_opening": "what staff have open now; each view is in viewings",
    "email_change": "waits for days until both addresses have answered; shown on the page of contact details",
    "field_provenance": "source of each field, told with the field",
    "letter": "the answer itself, on the page of the request",
    "message": "mails that were sent: their text is dropped when they have gone",
    "password_reset": "a link that was sent; gone when used or old",
    "try_warning": "waits for minutes until the worker has told whose name it is",
    "password_reset_request": "waits for minutes until the worker has looked",
    "processing_restriction": "what a request restricts: told on its page and in its letter",
    "recipient_task": "what we do after a decision; those who were told stand in its letter",
    "recovery_code": "hashes of codes",
    "register_change": "corrections on their way to another system: old and new stand in the request",
    "register_conflict": "a value of another system that a clerk compares with the person's own",
    "typed_form": "kept for half an hour until the person is back",
}


def tables() -> dict[str, Table]:
    return {table.name: table for table in Model.metadata.sorted_tables}


def is_personal(table: Table) -> bool:
    return bool(TIES & {column.name for column in table.columns})


def test_every_table_about_a_person_has_its_place_or_a_reason() -> None:
    unplaced = [
        name
        for name, table in tables().items()
        if is_personal(table) and name not in OF_THE_CATALOGUE | IN_THE_COPY.keys() | APART.keys()
    ]
    assert unplaced == [], "show it on my data and in the copy, or give the reason in APART"


def test_every_column_of_those_tables_is_told_or_says_nothing_of_the_person() -> None:
    untold = [
        f"{name}.{column.name}"
        for name, (_part, told) in IN_THE_COPY.items()
        for column in tables()[name].columns
        if column.name not in told.keys() | WORKING | OF_THE_CASE | OF_CARE | TOLD_BY_THE_PAGE_OF_PERMISSIONS
    ]
    assert untold == [], "tell it in the copy, or say here why not"


def test_every_column_that_is_told_exists() -> None:
    gone = [
        f"{name}.{column}"
        for name, (_part, told) in IN_THE_COPY.items()
        for column in told
        if column not in tables()[name].columns
    ]
    assert gone == []


def _parts(copy: dict[str, Any], path: str) -> list[dict[str, Any]]:
    first, _, rest = path.partition(".")
    found = copy[first]
    if isinstance(found, dict):
        return found[rest]
    return [inner for outer in found for inner in outer[rest]] if rest else found


def test_the_copy_has_a_key_for_each_of_them(app: Flask, rich: Any, pages: Pages) -> None:
    pages.get("/en/cookies")
    pages.post("/en/cookies", {"choice": "necessary-only"})
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {"type": "contact", "channel": "sms", "choice": "forbid"})
    answer = pages.submit(
        "/en/my/requests/new/correction?field=phone", {"items-0-proposed": "044 000 1111", "grounds": "New number."}
    )
    pages.get(answer.location)
    pages.post(answer.location, {"text": "Thank you."})
    with app.app_context():
        serve(rich.customer_id, clock.now())
    copy = export(pages)
    nobody_has_looked = {"at": "", "unit": "", "purpose": "", "case": "", "part": ""}
    copy["viewings"] = copy["viewings"] or [nobody_has_looked]
    missing = [
        f"{name}: {key}"
        for name, (part, told) in IN_THE_COPY.items()
        for key in told.values()
        if not _parts(copy, part) or any(key not in entry for entry in _parts(copy, part))
    ]
    assert missing == []


def test_page_and_copy_know_every_field_of_the_catalogue(pages: Pages) -> None:
    keys = {spec.key for spec in FIELDS} - {"business_id"}
    page = pages.get("/en/my/data")
    assert page.root is not None
    assert {e.get("data-field") for e in page.root.iter() if e.get("data-field")} == keys
    records = [record for group in export(pages)["categories"].values() for record in group]
    assert {key for record in records for key in record["fields"]} == keys
