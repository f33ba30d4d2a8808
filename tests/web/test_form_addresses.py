"""Where the forms of a page are sent: to its own address, however that was written, and never to another host."""

import pytest
from flask import Flask

from portal.web.forms import this_address


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"PATH_INFO": "/en/sign-in"}, "/en/sign-in"),
        ({"PATH_INFO": "/en/sign-in", "QUERY_STRING": "next=/en/my/data"}, "/en/sign-in?next=/en/my/data"),
        ({"PATH_INFO": "/en/sign-in", "QUERY_STRING": "a=%26&b=\xff"}, "/en/sign-in?a=%26&b=%FF"),
        ({"PATH_INFO": "//example.com/x"}, "/example.com/x"),
        ({"PATH_INFO": "/sign-in", "SCRIPT_NAME": "/portal"}, "/portal/sign-in"),
    ],
)
def test_a_form_is_sent_to_the_address_of_its_page(app: Flask, environ: dict[str, str], address: str) -> None:
    with app.test_request_context(environ_overrides=environ):
        assert this_address() == address
