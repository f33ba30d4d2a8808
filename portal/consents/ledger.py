"""Appending to the consent ledger and checking it: nothing here knows what a cookie is."""

import hashlib
import secrets
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.consents.models import Answer, ConsentDetail, ConsentRecord, ConsentText, Method, Outcome, Surface
from portal.core import audit, hash_chain
from portal.core.audit import Actor, AuditAction, AuditDetail
from portal.core.db import db, serialise, transaction
from portal.core.hash_chain import GENESIS, UNREADABLE

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: codes are read aloud and typed
CODE_GROUPS = 5
_REFERENCE = "consent_record:"


@dataclass(frozen=True)
class ShownText:
    """A text exactly as the person saw it; `kind` says where it stood."""

    kind: str
    language: str
    body: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


@dataclass(frozen=True)
class NewRecord:
    """What a choice puts on record."""

    given_at: datetime
    expires_at: datetime
    language: str
    surface: Surface
    method: Method
    outcome: Outcome
    functional: Answer
    analytics: Answer
    marketing: Answer
    has_gpc: bool
    notice_version: str
    catalogue_version: str
    texts: Sequence[ShownText]


def append(new: NewRecord, *, actor: Actor) -> tuple[ConsentRecord, ConsentDetail]:
    """Add a link to the chain, with the texts that are not kept yet and the audit event."""
    with transaction():
        serialise("audit")  # each record is an audit event too: with one lock for both, no two orders of locks can meet
        last = db.session.execute(
            select(ConsentRecord.sequence, ConsentRecord.hash).order_by(ConsentRecord.sequence.desc()).limit(1)
        ).first()
        sequence, previous_hash = (last[0] + 1, last[1]) if last else (1, GENESIS)
        detail = ConsentDetail(
            sequence=sequence, salt=secrets.token_hex(16), record_id=_new_code(), account_id=actor.account_id
        )
        record = ConsentRecord(
            sequence=sequence,
            given_at=new.given_at,
            expires_at=new.expires_at,
            language=new.language,
            surface=new.surface,
            method=new.method,
            outcome=new.outcome,
            functional=new.functional,
            analytics=new.analytics,
            marketing=new.marketing,
            has_gpc=new.has_gpc,
            notice_version=new.notice_version,
            catalogue_version=new.catalogue_version,
            texts=[{"kind": t.kind, "language": t.language, "sha256": t.sha256} for t in new.texts],
            detail_digest=_detail_digest(detail),
            previous_hash=previous_hash,
            hash="",
        )
        record.hash = _record_hash(record)
        keep(new.texts)
        db.session.add(record)
        db.session.flush()
        db.session.add(detail)
        audit.record(
            AuditAction.CONSENT_RECORDED,
            actor=actor,
            now=new.given_at,
            subject=actor.customer_id,
            object=_REFERENCE + record.hash,
        )
        return record, detail


def _new_code() -> str:
    return "-".join("".join(secrets.choice(CODE_ALPHABET) for _ in range(4)) for _ in range(CODE_GROUPS))


def keep(texts: Iterable[ShownText]) -> None:
    """Keep the texts that are not kept yet; under the lock of the audit trail, so that none is written twice."""
    bodies = {text.sha256: text.body.encode() for text in texts}
    kept = set(db.session.scalars(select(ConsentText.sha256).where(ConsentText.sha256.in_(bodies))))
    db.session.add_all(ConsentText(sha256=sha256, body=body) for sha256, body in bodies.items() if sha256 not in kept)


def _detail_digest(detail: ConsentDetail) -> str:
    return hash_chain.digest([detail.sequence, detail.salt, detail.record_id, detail.account_id])


def _record_hash(record: ConsentRecord) -> str:
    return hash_chain.digest(
        [
            record.sequence,
            hash_chain.moment(record.given_at),
            hash_chain.moment(record.expires_at),
            record.language,
            record.surface.value,
            record.method.value,
            record.outcome.value,
            record.functional.value,
            record.analytics.value,
            record.marketing.value,
            record.has_gpc,
            record.notice_version,
            record.catalogue_version,
            [[text["kind"], text["language"], text["sha256"]] for text in record.texts],
            record.detail_digest,
            record.previous_hash,
        ]
    )


@dataclass(frozen=True)
class Verdict:
    """What `verify` found; `first_bad` is the first sequence number that does not fit."""

    ok: bool
    records: int
    first_bad: int | None = None


def verify() -> Verdict:
    """Recompute the chain, the digests of the details that are there and the hashes of the texts.

    The audit trail names the hash of each record, so that a tail cut off or a link added behind our back shows too.
    """
    sound_texts = _sound_texts()
    anchor = db.session.scalar(
        select(AuditDetail.object)
        .where(AuditDetail.object.startswith(_REFERENCE))
        .order_by(AuditDetail.seq.desc())
        .limit(1)
    )
    records = 0
    previous_hash = GENESIS
    after_anchor: list[str] = []
    is_anchored = anchor is None
    try:
        with closing(_rows()) as rows:
            for record, detail in rows:
                records += 1
                if not _fits(record, detail, sequence=records, previous_hash=previous_hash, sound_texts=sound_texts):
                    return Verdict(False, records, records)
                previous_hash = record.hash
                if anchor is not None and is_anchored:
                    after_anchor.append(_REFERENCE + record.hash)
                is_anchored = is_anchored or anchor == _REFERENCE + record.hash
    except UNREADABLE:
        return Verdict(False, records + 1, records + 1)
    if not is_anchored:
        return Verdict(False, records, records + 1)
    # records made while we were reading stand in the audit trail as well
    told = db.session.scalars(select(AuditDetail.object).where(AuditDetail.object.in_(after_anchor)))
    untold = set(after_anchor) - {reference for reference in told if reference}
    if untold:
        first = min(after_anchor.index(reference) for reference in untold)
        return Verdict(False, records, records - len(after_anchor) + first + 1)
    return Verdict(True, records)


def _rows() -> Generator[tuple[ConsentRecord, ConsentDetail | None], None, None]:
    """The ledger in order; from a stretch that cannot be read row by row, so that the bad one is named."""
    query = (
        select(ConsentRecord, ConsentDetail)
        .join(ConsentDetail, ConsentDetail.sequence == ConsentRecord.sequence, isouter=True)
        .order_by(ConsentRecord.sequence)
    )
    last = 0
    try:
        with db.session.execute(query.execution_options(yield_per=1000, populate_existing=True)) as rows:
            for record, detail in rows:
                last = record.sequence
                yield record, detail
    except UNREADABLE:
        for sequence in db.session.scalars(
            select(ConsentRecord.sequence).where(ConsentRecord.sequence > last).order_by(ConsentRecord.sequence)
        ):
            record, detail = db.session.execute(query.where(ConsentRecord.sequence == sequence)).one()
            yield record, detail


def _sound_texts() -> set[str]:
    kept = db.session.execute(select(ConsentText.sha256, ConsentText.body))
    return {sha256 for sha256, body in kept if hashlib.sha256(body).hexdigest() == sha256}


def _fits(
    record: ConsentRecord,
    detail: ConsentDetail | None,
    *,
    sequence: int,
    previous_hash: str,
    sound_texts: set[str],
) -> bool:
    return (
        record.sequence == sequence
        and record.previous_hash == previous_hash
        and record.hash == _record_hash(record)
        and (detail is None or _detail_digest(detail) == record.detail_digest)
        and all(text["sha256"] in sound_texts for text in record.texts)
    )
