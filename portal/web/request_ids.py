"""An id for every request: in logs, on error pages, in the audit trail."""

import secrets

from flask import Flask, Response, g, request

from portal.core import audit, slow_queries

HEADER = "X-Request-Id"


def init_app(app: Flask) -> None:
    @app.before_request
    def _number() -> None:
        g.request_id = new()
        audit.request_id.set(g.request_id)
        slow_queries.asked_for.set(request.url_rule.rule if request.url_rule else None)

    @app.after_request
    def _tell(response: Response) -> Response:
        response.headers[HEADER] = g.get("request_id", "")
        return response

    @app.teardown_request
    def _forget(_problem: BaseException | None) -> None:
        slow_queries.asked_for.set(None)
        audit.request_id.set(None)  # what the server logs between requests belongs to none of them


def new() -> str:
    return secrets.token_hex(8)


def current() -> str:
    request_id: str = g.get("request_id", "")
    return request_id
