"""Compression, only of pages that hold no secret beside what a request can reflect (S22)."""

from functools import lru_cache

from flask import Flask, Response, g, request
from flask_compress import Compress
from flask_login import current_user
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

ENCODINGS = ("br", "gzip")  # the better one first
PLAIN = "identity"


@lru_cache(maxsize=64)
def encoding_for(accepted: str) -> str | None:
    """How a page is compressed for an Accept-Encoding header; None where it goes out as it is."""
    accept = parse_accept_header(accepted, Accept)
    best = max(ENCODINGS, key=accept.quality)  # of equals the first
    return best if accept.quality(best) > 0 and accept.quality(best) >= _quality_of_plain(accept) else None


def _quality_of_plain(accept: Accept) -> float:
    return accept.quality(PLAIN) if any(value.lower() == PLAIN for value in accept.values()) else 0


def init_app(app: Flask) -> None:
    app.config.update(COMPRESS_REGISTER=False, COMPRESS_ALGORITHM=list(ENCODINGS), COMPRESS_MIN_SIZE=500)
    compress = Compress(app)

    @app.after_request
    def _compress_public_pages(response: Response) -> Response:
        holds_secret = "csrf_token" in g or "Set-Cookie" in response.headers or current_user.is_authenticated
        if request.method != "GET" or holds_secret or not encoding_for(request.headers.get("Accept-Encoding", "")):
            return response
        compressed: Response = compress.after_request(response)
        if compressed.headers.get("Content-Encoding") == "gzip":
            data = compressed.get_data()
            # the time of day in the header of gzip would make other bytes of the same page in each process and minute
            compressed.set_data(data[:4] + bytes(4) + data[8:])
        return compressed
