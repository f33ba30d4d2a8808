"""Which Host a request may name: ours, with its port; in demo mode this machine on the port in use (S21)."""

from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import SecurityError

from portal.config import Settings
from portal.core.settings import settings

THIS_MACHINE = ("localhost", "127.0.0.1")
DEFAULT_PORTS = {"http": 80, "https": 443}


def names(settings: Settings) -> list[str]:
    """The host names that are ours, without ports."""
    host = urlsplit(settings.base_url).hostname or ""
    return list(THIS_MACHINE) if settings.is_demo and host in THIS_MACHINE else [host]


def ports(settings: Settings, *, in_use: str) -> set[str]:
    """The port of the base address; in demo mode also the one that the server listens on."""
    parts = urlsplit(settings.base_url)
    ours = {str(parts.port or DEFAULT_PORTS[parts.scheme])}
    return ours | {in_use} if settings.is_demo else ours


def _refuse_others() -> None:
    if "HTTP_HOST" not in request.environ and request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
        raise SecurityError("HTTP/1.1 names the host")
    host, _, port = request.host.lower().partition(":")  # raises SecurityError where the name is none of ours
    known = ports(settings(), in_use=request.environ.get("SERVER_PORT", ""))
    if host not in names(settings()) or (port or _default_port()) not in known:
        raise SecurityError(f"the port of {host} is not ours")


def _default_port() -> str:
    """What a Host without a port means: the browser's scheme, which a proxy in front may have ended."""
    scheme = urlsplit(settings().base_url).scheme
    return str(DEFAULT_PORTS[scheme if scheme == "https" else request.scheme])


def init_app(app: Flask, settings: Settings) -> None:
    app.config["TRUSTED_HOSTS"] = names(settings)  # before any address is matched
    app.before_request(_refuse_others)
