"""Answers that a browser saves as a file instead of showing them."""

from collections.abc import Iterable

from flask import Response


def download(content: bytes | Iterable[bytes], *, name: str, content_type: str) -> Response:
    """`name` is ours alone: nothing that a person typed stands in it."""
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
