"""Evidence that customers send with a request: kept encrypted, given out to them and to the desk alone (S17)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import defer

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.crypto import DamagedCiphertext
from portal.core.db import db, random_id, row_id, serialise, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.subject_requests import cases, services
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.evidence_files import FileKind, UnfitFile, cleaned
from portal.subject_requests.guards import Problem
from portal.subject_requests.models import CaseFile, SubjectRequest

LARGEST_FILE = 10_000_000  # bytes
MOST_FILES = 10  # of one request
MOST_OF_ACCOUNT, WITHIN = 30, timedelta(days=1)  # or the disk of the database could be filled by one person
LONGEST_NAME = 120


@dataclass(frozen=True)
class SentFile:
    """A file as the browser sent it; its name is only shown, never used."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Opened:
    """A file to be given out under a name of ours."""

    name: str
    kind: FileKind
    content: bytes


def submit_correction(
    *,
    customer_id: int,
    items: Sequence[ProposedItem],
    grounds: str,
    sent: SentFile | None,
    actor: Actor,
    now: datetime,
    once: str | None = None,
) -> SubjectRequest:
    """A correction with its evidence, both or neither."""
    with transaction():
        case = services.submit_correction(
            customer_id=customer_id, items=items, grounds=grounds, actor=actor, now=now, once=once
        )
        if sent is not None:
            _keep(case, sent, actor=actor, now=now)
        return case


def write(*, public_id: str, text: str, sent: SentFile | None, actor: Actor, now: datetime) -> None:
    """A message of the customer, with or without a file."""
    with transaction():
        services.message_from_customer(public_id=public_id, text=text, actor=actor, now=now)
        if sent is not None:
            _keep(cases.found(public_id, actor=actor), sent, actor=actor, now=now)


def files_of(case: SubjectRequest) -> Sequence[CaseFile]:
    """What a page lists; the documents, which may be a hundred megabytes, stay where they are until one is opened."""
    return db.session.scalars(
        select(CaseFile)
        .where(CaseFile.request_id == case.id)
        .order_by(CaseFile.at, CaseFile.id)
        .options(defer(CaseFile.document_encrypted))
    ).all()


def opened(*, public_id: str, file_id: str, actor: Actor, now: datetime) -> Opened:
    """A file for its owner or the desk; every download is audited. Raises NotFound, or Forbidden for one's own."""
    with transaction():
        case = cases.shown(public_id, actor=actor)
        wanted = row_id(file_id)
        file = next((file for file in files_of(case) if file.id == wanted), None)
        content = _readable(file)
        if file is None or content is None:
            raise NotFound
        _record(AuditAction.EVIDENCE_DOWNLOADED, case, file, actor=actor, now=now)
        return Opened(f"{case.public_id}-{file.sha256[:8]}.{file.kind.value}", file.kind, content)


def _keep(case: SubjectRequest, sent: SentFile, *, actor: Actor, now: datetime) -> None:
    """What is left of the file once it is cleaned; the same file twice is kept once. Raises Throttled too."""
    serialise("audit")  # no file comes in between counting and recording
    audit.check_pace(
        AuditAction.EVIDENCE_ADDED, account_id=actor.account_id, most=MOST_OF_ACCOUNT, within=WITHIN, now=now
    )
    if len(sent.content) > LARGEST_FILE:
        raise RuleViolation(Problem.FILE_TOO_LARGE, field="evidence")
    try:
        kind, content = cleaned(sent.content)
    except UnfitFile:
        raise RuleViolation(Problem.FILE_UNFIT, field="evidence") from None
    kept = files_of(case)
    digest = hashlib.sha256(content).hexdigest()
    if any(file.sha256 == digest for file in kept):
        return
    if len(kept) >= MOST_FILES:
        raise RuleViolation(Problem.TOO_MANY_FILES, field="evidence")
    file = CaseFile(
        id=random_id(),
        request_id=case.id,
        account_id=actor.account_id,
        at=now,
        kind=kind,
        size=len(content),
        sha256=digest,
    )
    file.name = sent.name[:LONGEST_NAME] or None
    file.document = content
    db.session.add(file)
    _record(AuditAction.EVIDENCE_ADDED, case, file, actor=actor, now=now)


def _readable(file: CaseFile | None) -> bytes | None:
    try:
        return file.document if file is not None else None
    except DamagedCiphertext:
        return None


def _record(action: AuditAction, case: SubjectRequest, file: CaseFile, *, actor: Actor, now: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        subject=case.customer_id,
        case=case.public_id,
        object=f"case_file:{file.id}:{file.sha256}",
    )
