"""HTML of a notice as an outline of headings, paragraphs, lists and tables: for checking a text and for printing it."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from portal.notices.sections import MalformedNotice

ATTRIBUTES = {
    **dict.fromkeys(("h2", "h3", "ul", "ol", "li", "dt", "dd", "strong", "code", "br"), frozenset[str]()),
    **dict.fromkeys(("thead", "tbody", "tr", "caption"), frozenset[str]()),
    "td": frozenset({"data-label"}),
    **dict.fromkeys(("p", "dl", "div", "table"), frozenset({"class"})),
    "th": frozenset({"scope"}),
    "a": frozenset({"href"}),
    "i": frozenset({"lang"}),
    "section": frozenset({"id"}),
}
_WHITE_SPACE = re.compile(r"[ \t\r\n\f]+")  # HTML's own; a no-break space stays
_SCHEMES = ("/", "#", "https://", "mailto:", "tel:")


@dataclass
class Run:
    """Words set alike."""

    text: str
    href: str | None = None
    lang: str | None = None
    is_code: bool = False


@dataclass
class Block:
    """`kind` is heading, paragraph, list, numbered, facts or table; only what belongs to the kind is filled."""

    kind: str
    style: str = ""
    runs: list[Run] = field(default_factory=list)
    items: list[list[Run]] = field(default_factory=list)
    rows: list[list[list[Run]]] = field(default_factory=list)
    head: list[list[Run]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many items or rows it has."""
        return len(self.items) + len(self.rows)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def outline(html: str, base: str = "") -> list[Block]:
    """The blocks of a stretch of HTML, relative links completed from `base`; raises MalformedNotice."""
    reader = _Reader(base)
    reader.feed(html)
    reader.close()
    if reader.open:
        raise MalformedNotice(f"<{reader.open[-1]}> is not closed")
    return reader.blocks


class _Reader(HTMLParser):
    """Knows the elements of ATTRIBUTES and refuses all others, so that nothing is dropped unseen."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.blocks: list[Block] = []
        self.open: list[str] = []
        self.runs: list[Run] | None = None  # where words go now
        self.marks: list[Run] = [Run("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ATTRIBUTES or not given.keys() <= ATTRIBUTES[tag]:
            raise MalformedNotice(f"{self.get_starttag_text()} does not belong in a notice text")
        if tag == "br":
            self._words().append(Run("\n"))
            return
        self.open.append(tag)
        if tag in ("a", "i", "code"):
            self._mark(tag, given)
        elif tag != "strong":
            self._block(tag, given.get("class") or "")

    def _mark(self, tag: str, given: dict[str, str | None]) -> None:
        now = self.marks[-1]
        href = given.get("href") or now.href
        if tag == "a" and (href is None or not href.startswith(_SCHEMES)):
            raise MalformedNotice(f"{self.get_starttag_text()} leads nowhere")
        link = urljoin(self.base, href) if href else None
        self.marks.append(Run("", link, given.get("lang") or now.lang, now.is_code or tag == "code"))

    def _block(self, tag: str, style: str) -> None:
        if tag in ("h2", "h3"):
            self._begin(Block("heading", style=tag)).runs = self.runs = []
        elif tag == "p":
            self._begin(Block("paragraph", style=style)).runs = self.runs = []
        elif tag in ("ul", "ol", "dl", "table"):
            self._begin(Block({"ul": "list", "ol": "numbered", "dl": "facts", "table": "table"}[tag]))
        elif tag == "li":
            self.runs = _added(self._last("list", "numbered").items)
        elif tag == "caption":
            self.runs = self._last("table").runs
        elif tag in ("dt", "tr"):
            self._last("facts", "table").rows.append([])
        if tag in ("dt", "dd", "th", "td"):
            rows = self._last("facts", "table").rows
            self.runs = _added(self._last("table").head if "thead" in self.open else rows[-1])

    def _begin(self, block: Block) -> Block:
        self.blocks.append(block)
        self.runs = None
        return block

    def _last(self, *kinds: str) -> Block:
        if not self.blocks or self.blocks[-1].kind not in kinds:
            raise MalformedNotice(f"{self.get_starttag_text()} stands outside its list or table")
        return self.blocks[-1]

    def _words(self) -> list[Run]:
        if self.runs is None:
            raise MalformedNotice("there are words outside a paragraph")
        return self.runs

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open or self.open.pop() != tag:
            raise MalformedNotice(f"</{tag}> closes nothing")
        if tag in ("a", "i", "code"):
            self.marks.pop()
        elif tag != "strong":
            _trim(self.runs)
            self.runs = None
        if tag == "thead":
            self.blocks[-1].rows.clear()

    def handle_data(self, data: str) -> None:
        text = _WHITE_SPACE.sub(" ", data)
        if not text or (self.runs is None and not text.strip()):
            return
        now = self.marks[-1]
        self._words().append(Run(text, now.href, now.lang, now.is_code))


def _added(places: list[list[Run]]) -> list[Run]:
    places.append([])
    return places[-1]


def _trim(runs: list[Run] | None) -> None:
    while runs and not runs[0].text.strip(" "):
        del runs[0]
    while runs and not runs[-1].text.strip(" "):
        del runs[-1]
    if runs:
        runs[0].text = runs[0].text.lstrip(" ")
        runs[-1].text = runs[-1].text.rstrip(" ")


def words(blocks: list[Block]) -> Iterator[str]:
    """Every paragraph, item and cell as plain words."""
    for block in blocks:
        for runs in (block.runs, *block.items, *block.head, *(cell for row in block.rows for cell in row)):
            if runs:
                yield "".join(run.text for run in runs)
