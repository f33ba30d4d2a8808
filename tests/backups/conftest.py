"""A place for a backup."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.backups import erasure_log
from portal.core import checkpoints
from portal.core.settings import settings


@pytest.fixture
def file(context: Flask, tmp_path: Path) -> Iterator[Path]:
    (settings().instance / checkpoints.FILE).unlink(missing_ok=True)
    (settings().instance / erasure_log.FILE).unlink(missing_ok=True)
    yield tmp_path / "portal.backup"
    (settings().instance / checkpoints.FILE).unlink(missing_ok=True)
    (settings().instance / erasure_log.FILE).unlink(missing_ok=True)
