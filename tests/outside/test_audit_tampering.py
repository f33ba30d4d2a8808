"""The audit trail: the database refuses to change it, and whoever forces it is found by `portal audit verify` (S18)."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.outside.serving import Node, Portal

GUARDED = {"audit_event": "seq", "consent_record": "sequence"}
BAD = 20  # the event that is tampered with
OTHERS = "at, action, outcome, detail_digest, previous_hash, hash"


# The database itself


def refused(portal: Portal, statement: str) -> bool:
    try:
        portal.sql(statement)
    except DBAPIError as refusal:
        return "append-only" in str(refusal.orig)
    return False


@pytest.fixture(scope="module")
def recorded(node: Node) -> Node:
    """There is an event and a consent record."""
    assert node.browser().post("/fi/cookies", {"choice": "accept-all"}).status == 303
    return node


@pytest.mark.parametrize("table", GUARDED)
def test_the_database_refuses_to_change_what_is_recorded(table: str, portal: Portal, recorded: Node) -> None:
    key = GUARDED[table]
    before = portal.sql(f"SELECT * FROM {table} ORDER BY {key}")
    assert before
    names = before[0]._fields
    columns, others = ", ".join(names), ", ".join(name for name in names if name != key)
    statements = [
        f"UPDATE {table} SET outcome = 'refused'",
        f"UPDATE {table} SET {key} = {key} + 1000000",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE {key} = (SELECT max({key}) FROM {table})",
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE true"
        f" ON CONFLICT ({key}) DO UPDATE SET outcome = 'refused'",
    ]
    if portal.is_sqlite:
        statements += [
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
            f"UPDATE OR REPLACE {table} SET {key} = 1",
            # under another key, when something else that is unique is there already
            f"INSERT OR REPLACE INTO {table} ({key}, {others}) SELECT 1000000, {others} FROM {table} LIMIT 1",
        ]
    else:
        statements += [f"TRUNCATE {table} CASCADE"]
    assert [statement for statement in statements if not refused(portal, statement)] == []
    assert portal.sql(f"SELECT * FROM {table} ORDER BY {key}")[: len(before)] == before


def test_the_wording_of_consents_cannot_be_replaced_either(portal: Portal, recorded: Node) -> None:
    statements = ["UPDATE consent_text SET body = ''", "DELETE FROM consent_text"]
    if portal.is_sqlite:
        statements.append(
            "INSERT OR REPLACE INTO consent_text (rowid, sha256, body) SELECT rowid, 'x', '' FROM consent_text"
        )
    assert [statement for statement in statements if not refused(portal, statement)] == []


# Those who force it


def edit(portal: Portal) -> None:
    portal.forced("audit_event", "UPDATE audit_event SET outcome = 'forged' WHERE seq = :seq", seq=BAD)


def delete(portal: Portal) -> None:
    gone = [f"DELETE FROM {table} WHERE seq = :seq" for table in ("audit_detail", "audit_event")]
    portal.forced("audit_event", *gone, seq=BAD)


def insert(portal: Portal) -> None:
    """Room is made for one more, which fits the one before it."""
    shifted = [
        f"UPDATE {table} SET seq = {change} WHERE seq {which}"
        for table in ("audit_detail", "audit_event")
        for change, which in (("-seq - 1", ">= :seq"), ("-seq", "< 0"))
    ]
    portal.forced("audit_event", *shifted, seq=BAD)
    before, after = _events(portal, BAD - 1, BAD + 1)
    event = {**after, "seq": BAD, "outcome": "forged", "previous_hash": before["hash"]}
    event["hash"] = digest(event)
    values = ", ".join(f":{name}" for name in event)
    portal.forced("audit_event", f"INSERT INTO audit_event ({', '.join(event)}) VALUES ({values})", **event)


def swap(portal: Portal) -> None:
    moved = [
        f"UPDATE {table} SET seq = {new} WHERE seq = {old}"
        for table in ("audit_detail", "audit_event")
        for old, new in ((BAD, -1), (BAD + 1, BAD), (-1, BAD + 1))
    ]
    portal.forced("audit_event", *moved)


def cut_the_tail(portal: Portal) -> None:
    portal.forced(
        "audit_event", *[f"DELETE FROM {table} WHERE seq >= :seq" for table in ("audit_detail", "audit_event")], seq=BAD
    )


def rewrite(portal: Portal) -> None:
    """From one event on, so that the chain fits itself to the end."""
    ((last,),) = portal.sql("SELECT max(seq) FROM audit_event")
    events = _events(portal, *range(BAD, last + 1))
    assert all(digest(event) == event["hash"] for event in events), "a chain that anybody can compute"
    previous = events[0]["previous_hash"]
    for event in events:
        event |= {"outcome": "forged", "previous_hash": previous}
        previous = event["hash"] = digest(event)
    values = "outcome = 'forged', previous_hash = '{previous_hash}', hash = '{hash}'"
    change = f"UPDATE audit_event SET {values} WHERE seq = {{seq}}"
    portal.forced("audit_event", *[change.format(**event) for event in events])


def _events(portal: Portal, *wanted: int) -> list[dict[str, Any]]:
    rows = portal.sql(f"SELECT seq, {OTHERS} FROM audit_event ORDER BY seq")
    return [dict(row._mapping) for row in rows if row.seq in wanted]


def digest(event: dict[str, Any]) -> str:
    """The hash of an event, as the decision record tells it."""
    at = event["at"]
    at = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at.astimezone(UTC)
    told = [event["seq"], at.isoformat(timespec="microseconds"), event["action"], event["outcome"]]
    told += [event["detail_digest"], event["previous_hash"]]
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


# how it is tampered with -> the first bad event: where a chain fits itself, the first after what is still proven
TAMPERED: dict[Callable[[Portal], None], Sequence[int]] = {
    edit: [BAD],
    delete: [BAD],
    insert: [BAD, BAD + 1],
    swap: [BAD],
    cut_the_tail: [BAD],
    rewrite: range(1, BAD + 1),
}


@pytest.fixture(scope="module")
def verdicts(unused: Portal) -> dict[str, tuple[int, dict[str, Any]]]:
    """What `portal audit verify --json` says of each, and its exit code; of what nobody touched too."""
    copies = {"nothing": unused}
    for tamper in TAMPERED:
        copies[tamper.__name__] = unused.copied(tamper.__name__)
        tamper(copies[tamper.__name__])
    told = Portal.run_in_each(list(copies.values()), "audit", "verify", "--json")
    return {name: (code, json.loads(out)) for name, (code, out) in zip(copies, told, strict=True)}


def test_an_untouched_trail_is_whole(verdicts: dict[str, tuple[int, dict[str, Any]]]) -> None:
    code, told = verdicts["nothing"]
    assert (code, told["ok"], told["first_bad"], told["reason"]) == (0, True, None, None)
    assert told["events"] > BAD
    assert told["checkpoints"] > 0


@pytest.mark.parametrize("tamper", TAMPERED)
def test_tampering_is_found_and_the_first_bad_event_named(
    tamper: Callable[[Portal], None], verdicts: dict[str, tuple[int, dict[str, Any]]]
) -> None:
    code, told = verdicts[tamper.__name__]
    assert (code, told["ok"]) == (1, False)
    assert told["first_bad"] in TAMPERED[tamper]
    assert told["reason"]
