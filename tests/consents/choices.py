"""What the tests of consents share: making choices and reaching behind the database's guards."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from portal.catalogues.cookies import Category
from portal.consents import services
from portal.consents.choice import NO_CHOICE, Choice
from portal.consents.models import Method, Surface
from portal.consents.services import Recorded, ShownText
from portal.core.db import db

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
BANNER_TEXT = ShownText("banner", "fi", "Mitä evästeitä saamme käyttää?\n[Hyväksy kaikki] [Vain välttämättömät]\n")


def choose(
    method: Method, *wanted: Category, current: Choice = NO_CHOICE, now: datetime = NOW, **options: Any
) -> Recorded:
    """Record a choice as the banner or the cookie page would."""
    told: dict[str, Any] = {
        "surface": Surface.SETTINGS if method is Method.SAVE else Surface.BANNER,
        "language": "fi",
        "texts": [BANNER_TEXT],
        "gpc": False,
        **options,
    }
    return services.record_choice(current, method=method, wanted=frozenset(wanted), now=now, **told)


def tamper(table: str, statement: str, **values: object) -> None:
    """Change what the database guards, as somebody with full access to it could."""
    if db.engine.dialect.name == "sqlite":
        for guard in ("no_update", "no_delete", "no_replace"):
            db.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_{guard}"))
    else:
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(text(statement), values)
    db.session.commit()
