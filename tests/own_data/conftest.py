"""The invented customer of these tests, signed in."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.own_data.rich_customer import Rich, make_rich_customer
from tests.pages import Pages


@pytest.fixture
def rich(app: Flask) -> Rich:
    with app.app_context():
        return make_rich_customer()


@pytest.fixture
def pages(rich: Rich, sign_in: Callable[..., Pages]) -> Pages:
    return sign_in(person=rich.person)
