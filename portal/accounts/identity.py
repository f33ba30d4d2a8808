"""Who is behind a request, as Flask-Login's `current_user`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from portal.accounts.own_security import COMMITMENT_VERSION
from portal.accounts.sessions import LiveSession
from portal.core.audit import VISITOR, Actor
from portal.core.roles import GRANTS, Permission, Role
from portal.core.settings import settings


class FirstStep(StrEnum):
    """What staff must do before anything else opens."""

    SECOND_FACTOR = "second-factor"
    COMMITMENT = "commitment"


@dataclass(frozen=True)
class SignedIn:
    """A person with a live session."""

    session_token: str
    session_id: int
    device_id: int | None
    account_id: int
    username: str
    customer_id: int | None
    role: Role
    display_name: str
    language: str
    actor: Actor
    has_second_factor: bool
    password_entered_at: datetime | None
    first_step: FirstStep | None

    is_authenticated: Literal[True] = True
    is_active: Literal[True] = True
    is_anonymous: Literal[False] = False

    @classmethod
    def of(cls, live: LiveSession, token: str) -> "SignedIn":
        account = live.account
        return cls(
            session_token=token,
            session_id=live.row.id,
            device_id=live.device.id if live.device and live.device.revoked_at is None else None,
            account_id=account.id,
            username=account.username,
            customer_id=account.customer_id,
            role=account.role,
            display_name=account.display_name,
            language=account.language,
            actor=account.actor,
            has_second_factor=account.has_second_factor,
            password_entered_at=live.row.password_entered_at,
            first_step=_first_step(live),
        )

    def get_id(self) -> str:
        """The session's random id: that, not the account, is what Flask-Login keeps (D8)."""
        return self.session_token

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS[self.role]

    def is_fresh(self, now: datetime) -> bool:
        """Whether the password was entered a short while ago (S4)."""
        entered_at = self.password_entered_at
        return entered_at is not None and abs(now - entered_at) <= settings().fresh_for


class Visitor:
    """Nobody in particular."""

    session_token = session_id = device_id = account_id = customer_id = role = language = first_step = None
    username = display_name = ""
    has_second_factor = False
    actor = VISITOR
    is_authenticated = False
    is_active = False
    is_anonymous = True

    def get_id(self) -> None:
        return None

    def may(self, _permission: Permission) -> bool:
        return False

    def is_fresh(self, _now: datetime) -> bool:
        return False


def _first_step(live: LiveSession) -> FirstStep | None:
    account = live.account
    if not account.role.is_staff:
        return None
    if not account.has_second_factor:
        return FirstStep.SECOND_FACTOR
    return FirstStep.COMMITMENT if account.commitment_text_version != COMMITMENT_VERSION else None
