"""Answers that are a file: saved by the browser, or shown by it where that is asked for."""

from collections.abc import Iterable

from flask import Response


def download(content: bytes | Iterable[bytes], *, name: str, content_type: str, is_shown: bool = False) -> Response:
    """`name` is ours alone: nothing that a person typed stands in it. What somebody else made is never shown."""
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'{"inline" if is_shown else "attachment"}; filename="{name}"'
    return response


def shown_pdf(document: bytes, *, name: str) -> Response:
    return download(document, name=f"{name}.pdf", content_type="application/pdf", is_shown=True)
