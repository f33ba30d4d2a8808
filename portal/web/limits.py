"""Input that no person types and no part of the portal wants: refused before any view sees it."""

from flask import Flask, abort, request

NUL = "\0"  # PostgreSQL cannot store it, HTML cannot show it


def _refuse_nul() -> None:
    texts = [request.path, *request.args.values(), *request.args]
    if request.method == "POST":
        texts += [*request.form.values(), *request.form]
    if any(NUL in text for text in texts):
        abort(400)


def init_app(app: Flask) -> None:
    app.before_request(_refuse_nul)
