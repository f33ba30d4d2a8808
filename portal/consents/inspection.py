"""Declared against actual: what a browser was seen to store and send, and what of it we never declared (C27)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from portal.catalogues.cookies import CATALOGUE_VERSION, OPTIONAL, Category, Cookie
from portal.core.clock import utc_text

FORMAT = "portal-cookie-evidence/1"
# besides cookies: everything else in which a page can keep something on the device (C2)
OTHER_STORAGE = ("localStorage", "sessionStorage", "indexedDB", "cacheStorage")
NECESSARY_ONLY = frozenset({Category.NECESSARY})
# what each walk does before it goes through the pages, and whose cookies may be met then
ALLOWED_IN: Mapping[str, frozenset[Category]] = {
    "fresh": NECESSARY_ONLY,
    "accept": frozenset(Category),
    "refuse": NECESSARY_ONLY,
    "withdraw": NECESSARY_ONLY,
}
WALKS = tuple(ALLOWED_IN)


@dataclass(frozen=True)
class Declared:
    """A cookie as the catalogue promises it; `lifetime` in seconds, None when it ends with the browser session."""

    name: str
    category: Category
    lifetime: int | None

    @classmethod
    def of(cls, cookies: Iterable[Cookie], prefix: str) -> "dict[str, Declared]":
        return {
            prefix + cookie.name: cls(
                prefix + cookie.name,
                cookie.category,
                None if cookie.lifetime is None else int(cookie.lifetime.total_seconds()),
            )
            for cookie in cookies
        }


@dataclass(frozen=True)
class SetCookie:
    """A Set-Cookie header without its value; attribute names in lower case."""

    name: str
    address: str
    attributes: Mapping[str, str]

    @classmethod
    def parse(cls, header: str, address: str) -> "SetCookie":
        pair, *rest = header.split(";")
        split = [part.strip().partition("=") for part in rest]
        return cls(pair.partition("=")[0].strip(), address, {name.lower(): value for name, _, value in split})

    @property
    def is_deletion(self) -> bool:
        return self.attributes.get("max-age") == "0"

    @property
    def max_age(self) -> int | None:
        told = self.attributes.get("max-age", "")
        return int(told) if told.lstrip("-").isdigit() else None


@dataclass
class Walk:
    """What one browser profile met."""

    name: str
    pages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    set_cookies: list[SetCookie] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    storage: dict[str, list[str]] = field(default_factory=dict)
    record_id: str | None = None
    held_before: list[str] = field(default_factory=list)  # withdrawal only
    told_removed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Evidence:
    """One dated inspection."""

    made_at: datetime
    address: str
    browser: str
    notice_version: str
    is_secure: bool
    declared: Mapping[str, Declared]
    walks: Sequence[Walk]

    @property
    def findings(self) -> list[str]:
        """What was found and not declared; nothing means that declared and actual agree."""
        return [finding for walk in self.walks for finding in _findings(walk, self)]

    @property
    def not_met(self) -> list[str]:
        """Declared and not seen, for example because nobody signed in: not wrong, but not proven either."""
        seen = {cookie.name for walk in self.walks for cookie in walk.set_cookies if not cookie.is_deletion}
        return [name for name in self.declared if name not in seen]

    def document(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "made_at": utc_text(self.made_at),
            "address": self.address,
            "browser": self.browser,
            "catalogue_version": CATALOGUE_VERSION,
            "notice_version": self.notice_version,
            "ok": not self.findings,
            "findings": self.findings,
            "declared": [asdict(cookie) for cookie in self.declared.values()],
            "declared_but_not_met": self.not_met,
            "walks": [asdict(walk) for walk in self.walks],
        }

    def text(self) -> str:
        """The report for people, in Markdown."""
        lines = [
            f"# Cookies of {self.address}, declared against actual",
            "",
            f"Inspected {utc_text(self.made_at)} with {self.browser}; cookie catalogue {CATALOGUE_VERSION}, "
            f"privacy notice {self.notice_version}.",
            "",
            "## Result",
            "",
            *([f"- {finding}" for finding in self.findings] or ["Nothing undeclared was found."]),
            "",
            "## Declared",
            "",
            *_table(
                ["cookie", "category", "lifetime", "met"],
                [[c.name, c.category.value, _lasting(c.lifetime), "no" if c.name in self.not_met else "yes"]
                 for c in self.declared.values()],
            ),
        ]  # fmt: skip
        for walk in self.walks:
            lines += _told(walk, self)
        return "\n".join(lines) + "\n"


def _told(walk: Walk, evidence: Evidence) -> list[str]:
    others = [url for url in walk.requests if not _is_ours(url, evidence.address)]
    lines = [
        "",
        f"## Walk: {walk.name}",
        "",
        f"- pages: {len(walk.pages)} ({', '.join(walk.pages)})",
        f"- requests: {len(walk.requests)}, to other hosts: {len(others)}",
        f"- cookies in the browser at the end: {', '.join(walk.kept) or 'none'}",
        *(f"- {kind}: {', '.join(walk.storage.get(kind, [])) or 'empty'}" for kind in OTHER_STORAGE),
    ]
    if walk.record_id:
        lines.append(f"- consent record made by this inspection: {walk.record_id}")
    if walk.name == "withdraw":
        lines.append(f"- held before: {', '.join(walk.held_before)}; told as removed: {', '.join(walk.told_removed)}")
    places: dict[tuple[str, str], list[str]] = {}
    for cookie in walk.set_cookies:
        places.setdefault((cookie.name, _written(cookie.attributes)), []).append(cookie.address)
    if places:
        rows = [[*which, ", ".join(dict.fromkeys(where))] for which, where in sorted(places.items())]
        lines += ["", *_table(["Set-Cookie", "attributes", "set at"], rows)]
    return lines


def _written(attributes: Mapping[str, str]) -> str:
    return "; ".join(
        f"{name}={value}" if value else name for name, value in sorted(attributes.items()) if name != "expires"
    )


def _lasting(seconds: int | None) -> str:
    return "browser session" if seconds is None else f"{seconds} s"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def _findings(walk: Walk, evidence: Evidence) -> list[str]:
    allowed = ALLOWED_IN[walk.name]
    found = [fault for cookie in walk.set_cookies for fault in _faults(cookie, evidence, allowed)]
    found += [f"{name} is kept" for name in walk.kept if not _may_be_met(name, evidence, allowed)]
    found += [f"{kind} holds {key}" for kind in OTHER_STORAGE for key in walk.storage.get(kind, [])]
    found += [f"a request went to {url}" for url in walk.requests if not _is_ours(url, evidence.address)]
    if walk.name == "withdraw":
        found += _faults_of_withdrawal(walk, evidence)
    return [f"{walk.name}: {fault}" for fault in dict.fromkeys(found)]


def _faults_of_withdrawal(walk: Walk, evidence: Evidence) -> list[str]:
    optional = [n for n in walk.held_before if n in evidence.declared and evidence.declared[n].category in OPTIONAL]
    ended = {cookie.name for cookie in walk.set_cookies if cookie.is_deletion}
    return [
        *(f"{name} was not expired" for name in optional if name not in ended),
        *(f"the page did not say that {name} was removed" for name in optional if name not in walk.told_removed),
    ]


def _may_be_met(name: str, evidence: Evidence, allowed: frozenset[Category]) -> bool:
    return name in evidence.declared and evidence.declared[name].category in allowed


def _faults(cookie: SetCookie, evidence: Evidence, allowed: frozenset[Category]) -> list[str]:
    """What is wrong with one header."""
    declared = evidence.declared.get(cookie.name)
    if declared is None:
        return [f"{cookie.address} set {cookie.name}, which is not declared"]
    faults = []
    if not cookie.is_deletion and declared.category not in allowed:
        faults.append("set without consent")
    wanted = {"httponly": "", "samesite": "Lax", "path": "/"} | ({"secure": ""} if evidence.is_secure else {})
    faults += [f"not {n}" for n, value in wanted.items() if cookie.attributes.get(n) != value]
    faults += [f"has {name}" for name in ("domain", "partitioned") if name in cookie.attributes]
    if not cookie.is_deletion:
        faults += _faults_of_lifetime(cookie, declared)
    return [f"{cookie.address} set {cookie.name}: {fault}" for fault in faults]


def _faults_of_lifetime(cookie: SetCookie, declared: Declared) -> list[str]:
    if declared.lifetime is None:
        is_lasting = "max-age" in cookie.attributes or "expires" in cookie.attributes
        return ["lasts longer than the browser session"] if is_lasting else []
    if cookie.max_age is None:
        return ["tells no Max-Age"] if "expires" in cookie.attributes else []
    return [f"lasts {cookie.max_age} s, declared {declared.lifetime} s"] if cookie.max_age > declared.lifetime else []


def _is_ours(url: str, address: str) -> bool:
    asked, ours = urlsplit(url), urlsplit(address)
    return asked.scheme in ("data", "about", "blob") or (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc)
