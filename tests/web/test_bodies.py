"""Bodies, forms and headers that are too large or broken: a page in the language, whatever way they come."""

from io import BytesIO

import pytest
from flask import Flask
from gunicorn.http.errors import InvalidChunkSize
from werkzeug.test import TestResponse

from portal.app import LARGEST_FORM
from portal.web.headers import ALWAYS
from portal.web.limits import MOST_FIELDS
from tests.pages import BROWSER, FROM_OURSELVES, Pages

FORM = "/fi/requests/opt-out"
URLENCODED = "application/x-www-form-urlencoded"
TOO_LARGE = "Lähetys oli liian suuri"


def _chunked(client: Pages, body: BytesIO, content_type: str = URLENCODED, path: str = FORM) -> TestResponse:
    """A body without a length, as the server hands it on once it has put the chunks together."""
    return client.browser.open(
        path,
        method="POST",
        input_stream=body,
        content_type=content_type,
        headers=BROWSER | FROM_OURSELVES | {"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )


def _sent(client: Pages, body: bytes, content_type: str = URLENCODED) -> TestResponse:
    return client.browser.post(FORM, data=body, content_type=content_type, headers=BROWSER | FROM_OURSELVES)


def _is_told(response: TestResponse) -> None:
    assert response.status_code == 413
    words = response.get_data(as_text=True)
    assert 'lang="fi"' in words and TOO_LARGE in words
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS


def test_a_body_over_the_limit_is_told_so_with_a_length_and_without_one(client: Pages) -> None:
    body = b"channel=all&contact=" + b"x" * LARGEST_FORM
    _is_told(_sent(client, body))
    _is_told(_chunked(client, BytesIO(body)))


def test_a_chunked_body_is_never_cut_short(client: Pages) -> None:
    """What stands beyond the limit would be lost, and the rest be taken for the whole."""
    field = b"&channel=all&contact=cut@example.com"
    _is_told(_chunked(client, BytesIO(b"x=" + b"y" * (LARGEST_FORM - len(field) - 2) + field + b"&x=lost")))
    assert _chunked(client, BytesIO(field[1:])).status_code == 303


@pytest.mark.parametrize("parts", [MOST_FIELDS + 1, 100_000])
def test_a_form_of_too_many_fields_is_told_so(client: Pages, parts: int) -> None:
    urlencoded = b"&".join(b"f=1" for _ in range(parts))
    assert len(urlencoded) < LARGEST_FORM
    _is_told(_sent(client, urlencoded))
    multipart = b"".join(
        b'--B\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n' for _ in range(MOST_FIELDS + 1)
    )
    _is_told(_sent(client, multipart + b"--B--\r\n", "multipart/form-data; boundary=B"))


def test_a_form_of_a_thousand_fields_is_read(client: Pages) -> None:
    fields = b"&".join([b"channel=all", b"contact=x@example.com", *[b"f=1"] * (MOST_FIELDS - 2)])
    assert _sent(client, fields).status_code == 303


def test_a_text_part_beyond_the_limit_is_told_so(client: Pages) -> None:
    body = b'--B\r\nContent-Disposition: form-data; name="contact"\r\n\r\n' + b"x" * LARGEST_FORM + b"\r\n--B--\r\n"
    _is_told(_sent(client, body, "multipart/form-data; boundary=B"))
    _is_told(_chunked(client, BytesIO(body), "multipart/form-data; boundary=B"))


class BrokenChunks:
    """What gunicorn hands on of a chunked body with a length that is none."""

    def read(self, _size: int = -1) -> bytes:
        raise InvalidChunkSize(b"zz")


@pytest.mark.parametrize("content_type", [URLENCODED, "multipart/form-data; boundary=B"])
def test_broken_chunks_are_the_senders_fault(client: Pages, content_type: str) -> None:
    response = client.browser.open(
        FORM,
        method="POST",
        content_type=content_type,
        headers=BROWSER | FROM_OURSELVES | {"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True, "wsgi.input": BrokenChunks()},
    )
    assert response.status_code == 400
    assert 'lang="fi"' in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"contact=%ff%fe&channel=all", URLENCODED),
        (b"\xff\xfe\x00", URLENCODED),
        (b"contact", "multipart/form-data"),
        (b"--B", "multipart/form-data; boundary=B"),
        (b"--\xff\r\n", "multipart/form-data; boundary=\xff"),
        (b"x", "multipart/form-data; boundary=" + "b" * 300),
        (b"contact=x", "text/plain"),
        (b"<x/>", "application/xml"),
        (b"contact=x", "application/x-www-form-urlencoded; charset=utf-7"),
    ],
)
def test_a_broken_form_is_never_an_error_of_ours(client: Pages, body: bytes, content_type: str) -> None:
    assert _sent(client, body, content_type).status_code in (400, 422)


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "FOO"])
@pytest.mark.parametrize("path", ["/fi/contact", "/fi/sign-in", "/fi/cookies", "/healthz", "/favicon.ico"])
def test_a_method_that_no_page_takes_is_405(app: Flask, client: Pages, method: str, path: str) -> None:
    environ = {"REQUEST_METHOD": method}
    response = client.browser.open(path, headers=BROWSER | FROM_OURSELVES, environ_overrides=environ)
    assert response.status_code == 405
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    response.close()


def test_a_refused_method_tells_which_ones_there_are(client: Pages) -> None:
    response = client.browser.open("/fi/contact", method="TRACE", headers=BROWSER | {"X-Secret": "echo"})
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "echo" not in response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/static/", "/static/nothing.css", "/static/../wsgi.py", "/static/%2e%2e/wsgi.py"])
def test_a_static_file_that_is_not_there_is_a_page_with_all_headers(client: Pages, path: str) -> None:
    response = client.browser.get(path, headers=BROWSER)
    assert response.status_code == 404
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
