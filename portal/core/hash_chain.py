"""What the audit trail and the consent ledger chain their rows by: digests of what a row says and of the row before."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

GENESIS = "0" * 64  # what the first row names as the row before
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)  # from stored values that no code of ours writes


def digest(told: Sequence[object]) -> str:
    """SHA-256, in hex, of values that JSON knows."""
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


def moment(at: datetime) -> str:
    """A moment as it is digested: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
