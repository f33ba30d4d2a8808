"""Recovery codes: ten, each usable once in place of a code of the app, stored as keyed hashes only."""

import secrets

from sqlalchemy import delete, func, select

from portal.accounts.models import Account, RecoveryCode
from portal.core.crypto import blind_index, blind_indexes
from portal.core.db import db, random_id, rows_changed, transaction

HOW_MANY = 10
DIGITS = 16  # digits alone, so that the keypad for codes can type them; about 53 bits
GROUP = 4
COLUMN = "recovery_code.code"


def make(account: Account) -> list[str]:
    """Ten new codes, to be shown once; those from before are dead."""
    codes = ["".join(secrets.choice("0123456789") for _ in range(DIGITS)) for _ in range(HOW_MANY)]
    with transaction() as session:
        drop(account)
        session.add_all(
            RecoveryCode(id=random_id(), account_id=account.id, code_index=blind_index(COLUMN, _bound(account, code)))
            for code in codes
        )
    return [" ".join(code[at : at + GROUP] for at in range(0, DIGITS, GROUP)) for code in codes]


def use(account: Account, code: str) -> bool:
    """Accept a code once: its row is gone afterwards, and of parallel requests one gets True."""
    typed = "".join(sign for sign in code if sign not in "- \u00a0")
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return False
    with transaction() as session:
        used = session.execute(
            delete(RecoveryCode).where(
                RecoveryCode.account_id == account.id,
                RecoveryCode.code_index.in_(blind_indexes(COLUMN, _bound(account, typed))),
            )
        )
        return bool(rows_changed(used))


def drop(account: Account) -> None:
    with transaction() as session:
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def left(account_id: int) -> int:
    """How many codes are still unused."""
    return db.session.scalar(select(func.count()).where(RecoveryCode.account_id == account_id)) or 0


def _bound(account: Account, code: str) -> str:
    return f"{account.id}:{code}"
