"""A page of which copies are kept, answered by a view of the test."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.web.access import public
from portal.web.page_cache import same_for_everyone
from tests.web.copies import Counted, Put


@pytest.fixture
def put(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Have ADDRESS answered by another view."""

    def _put(view: Callable[[], Any], *, shared: bool = True) -> None:
        def shown() -> Any:
            return view()

        declared = same_for_everyone(public(shown)) if shared else public(shown)
        monkeypatch.setitem(app.view_functions, "public_pages.accessibility", declared)

    return _put


@pytest.fixture
def counted(put: Put) -> Counted:
    page = Counted()
    put(page.view)
    return page
