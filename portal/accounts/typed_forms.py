"""Forms that came when their session had ended: kept encrypted, for that account alone, for half an hour."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from portal.accounts import sessions
from portal.accounts.models import TypedForm, UserSession
from portal.core.crypto import DAMAGED, readable
from portal.core.db import db, random_id, rows_changed, transaction

KEPT_FOR = timedelta(minutes=30)

Fields = Sequence[tuple[str, str]]


def keep(
    session_token: str, *, page: str, fields: Fields, has_files: bool, now: datetime, instead_of: int | None = None
) -> int | None:
    """Keep a form for whoever the session belongs or belonged to; returns what to find it by.

    None when no session ever had this token. A session keeps one form: who sends many fills nothing.
    """
    with transaction() as session:
        known = select(UserSession).where(UserSession.token_digest == sessions.digest(session_token))
        owner = session.scalar(known.with_for_update())
        if owner is None:
            return None
        session.execute(delete(TypedForm).where(TypedForm.session_id == owner.id))
        if instead_of is not None:
            session.execute(
                delete(TypedForm).where(TypedForm.id == instead_of, TypedForm.account_id == owner.account_id)
            )
        form = TypedForm(
            id=random_id(), session_id=owner.id, account_id=owner.account_id, page=page, expires_at=now + KEPT_FOR
        )
        form.content = json.dumps({"fields": list(fields), "files": has_files})
        session.add(form)
        return form.id


def owner_of(form_id: int, now: datetime) -> int | None:
    """Whose a kept form is; None when it is not kept any more."""
    return db.session.scalar(select(TypedForm.account_id).where(TypedForm.id == form_id, TypedForm.expires_at > now))


def find(form_id: int, *, account_id: int, page: str, now: datetime) -> tuple[Fields, bool] | None:
    """The fields that this account typed on this page, and whether files were with them."""
    form = db.session.scalar(
        select(TypedForm).where(
            TypedForm.id == form_id,
            TypedForm.account_id == account_id,
            TypedForm.page == page,
            TypedForm.expires_at > now,
        )
    )
    content = readable(form, "content") if form else None
    if content in (None, DAMAGED):
        return None
    kept = json.loads(content)
    return [(name, value) for name, value in kept["fields"]], kept["files"]


def drop(form_id: int, *, page: str | None = None) -> bool:
    """Forget a kept form (of that page, where one is named)."""
    which = [TypedForm.id == form_id, *([TypedForm.page == page] if page is not None else [])]
    with transaction() as session:
        return bool(rows_changed(session.execute(delete(TypedForm).where(*which))))
