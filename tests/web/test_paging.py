"""Long lists in pages."""

import pytest
from flask import Flask

from portal.web.paging import Paging, asked_number, asked_page


@pytest.mark.parametrize(
    ("query", "number"),
    [("", 1), ("page=2", 2), ("page=3", 3), ("page=4", 3), ("page=0", 1), ("page=-1", 1), ("page=x", 1), ("page=²", 1)],
)
def test_a_page_that_is_not_there_is_the_nearest_one(app: Flask, query: str, number: int) -> None:
    with app.test_request_context(f"/en/admin/users?{query}"):
        assert asked_page(total=101).number == number


def test_an_empty_list_has_one_page() -> None:
    paging = Paging(number=1, total=0)
    assert (paging.pages, paging.offset) == (1, 0)


def test_the_links_to_other_pages_keep_the_filters_and_nothing_that_would_leave_the_site(app: Flask) -> None:
    with app.test_request_context("/en/desk/requests?kind=access&page=2&_external=1&lang=fi"):
        assert asked_number() == 2
        assert Paging(number=2, total=101).url(3) == "/en/desk/requests?kind=access&page=3"
