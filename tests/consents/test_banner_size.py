"""What the banner costs: its rules of the style sheet, compressed."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

STYLE_SHEET = Path(__file__).resolve().parents[2] / "static" / "css" / "portal.css"
# the banner's own rules, and those of the buttons in it
BANNER = re.compile(r"#cookie-choice|\.button\b|\.actions\b")


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Each rule with the at-rules around it: `(selector, whole text)`."""
    position = 0
    while (opened := css.find("{", position)) >= 0:
        depth, end = 1, opened + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        head, body = css[position:opened].strip(), css[opened + 1 : end - 1]
        if head.startswith("@media"):
            yield from ((selector, f"{head}{{{text}}}") for selector, text in rules(body))
        else:
            yield head, f"{head}{{{body.strip()}}}"
        position = end


def banner_rules() -> list[str]:
    css = re.sub(r"/\*.*?\*/", "", STYLE_SHEET.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [text for selector, text in rules(css) if BANNER.search(selector)]


def test_the_rules_of_the_banner_are_found() -> None:
    found = "\n".join(banner_rules())
    assert found.count("#cookie-choice") >= 8
    assert ".button" in found


def test_the_banner_needs_less_than_1300_bytes_of_style() -> None:
    assert len(gzip.compress("\n".join(banner_rules()).encode(), 9)) < 1300
