"""Compression, only of pages that hold no secret beside what a request can reflect (S22)."""

from flask import Flask, Response, g, request
from flask_compress import Compress
from flask_login import current_user


def init_app(app: Flask) -> None:
    app.config.update(COMPRESS_REGISTER=False, COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_MIN_SIZE=500)
    compress = Compress(app)

    @app.after_request
    def _compress_public_pages(response: Response) -> Response:
        holds_secret = "csrf_token" in g or "Set-Cookie" in response.headers or current_user.is_authenticated
        if request.method != "GET" or holds_secret:
            return response
        compressed: Response = compress.after_request(response)
        return compressed
