"""The least that Flask can do for a page: a view that returns bytes kept in memory."""

import os
from functools import partial
from pathlib import Path

from flask import Flask, Response

FOLDER = "BENCH_PAGES"  # a folder with the body of each path, compressed
PATHS = ("/fi/", "/fi/privacy-notice")


def file_of(folder: Path, path: str) -> Path:
    return folder / f"page{path.replace('/', '-')}.gz"


def _constant(body: bytes) -> Response:
    return Response(body, mimetype="text/html", headers={"Content-Encoding": "gzip"})


def create_app() -> Flask:
    app = Flask("bare", static_folder=None)
    for path in PATHS:
        body = file_of(Path(os.environ[FOLDER]), path).read_bytes()
        app.add_url_rule(path, endpoint=path, view_func=partial(_constant, body))
    return app
