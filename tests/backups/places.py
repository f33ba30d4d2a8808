"""Where backups are made and restored in tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from portal.app import create_app
from portal.backups import making, restoring
from portal.backups.making import Made
from portal.backups.restoring import Restored
from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.db import Model, db
from portal.permissions import services as permissions
from portal.permissions.models import Channel, Choice, MarketingType
from tests.conftest import settings_for
from tests.subject_requests.people import customer_actor


def counts() -> dict[str, int]:
    found = {}
    for table in Model.metadata.sorted_tables:
        found[table.name] = db.session.scalar(select(func.count()).select_from(table)) or 0
    db.session.rollback()
    return found


@contextmanager
def elsewhere(app: Flask, folder: Path, url: str | None = None, *, template: Path | None = None) -> Iterator[Flask]:
    """Another machine: an empty place with the same keys, and with the tables of a template."""
    folder.mkdir()
    if template is not None:
        shutil.copyfile(template, folder / "portal.sqlite")
    keys = app.extensions["portal.settings"].keyring_file
    shutil.copyfile(keys, folder / keys.name)
    other = create_app(settings_for(folder, url))
    other.config.update(TESTING=True, ANALYTICS_THREAD=False)
    with other.app_context():
        yield other
        db.session.remove()
        db.engine.dispose()


def forbid(customer_id: int) -> None:
    permissions.choose(
        customer_id=customer_id,
        type=MarketingType.DIRECT_ADVERTISING,
        channel=Channel.POST,
        choice=Choice.FORBID,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=clock.now(),
    )


def made(file: Path) -> Made:
    return making.make(file, now=clock.now())


def restored(file: Path, *lists: Path) -> Restored:
    return restoring.restore(file, lists=lists, now=clock.now())
