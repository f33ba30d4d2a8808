"""Whatever is asked for, what is let through is a page of ours, as a browser reads it."""

import re
from urllib.parse import urljoin, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from portal.config import LANGUAGES
from portal.web.return_paths import is_safe

ORIGIN = "https://portal.example"
PIECES = st.sampled_from(
    ["/fi", "/en", "/", "//", "\\", "/\\", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "%252f", "%255c",
     "%252e", "@", ":",
     "?", "#", "&", "=", ";", "%", "%00", "%0a", "%0d%0a", "\t", "\n", "\r", "\x00", " ", "evil.example",
     "https:", "data:",
     "javascript:", "my", "data", "next=", "\uff0f", "\u2044", "\u3002", "\udc80", "x"]
)  # fmt: skip
paths = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40).map("/fi/".__add__) | st.text(max_size=40)
DOTS = {".": ".", "%2e": ".", "..": "..", ".%2e": "..", "%2e.": "..", "%2e%2e": ".."}


def as_a_browser_goes(path: str) -> str:
    """Where a browser on one of our pages goes, by the URL Standard: it drops some signs and turns others."""
    path = re.sub(r"[\t\n\r]", "", path.strip("".join(map(chr, range(0x21)))))
    head, mark, tail = path.partition("?")
    head = head.replace("\\", "/")
    head = "/".join(DOTS.get(part.lower(), part) for part in head.split("/"))
    return urljoin(f"{ORIGIN}/fi/my/data", head + mark + tail)


@given(paths)
@example("/fi/../..//evil.example")
@example("/fi/%2e%2e/%2e%2e//evil.example")
def test_what_is_safe_leads_to_a_page_of_ours(path: str) -> None:
    if not is_safe(path):
        return
    goal = as_a_browser_goes(path)
    assert goal.startswith(f"{ORIGIN}/")
    assert urlsplit(goal).path.split("/")[1] in LANGUAGES
    assert path.isascii() and path.isprintable()


@given(paths, st.sampled_from(["%2f", "%5C", "%2e%2e/", "//", "\\", "\n", "\x00", "%0d"]), st.integers(0, 60))
def test_no_sign_that_is_read_in_two_ways_is_safe_before_the_question(path: str, sign: str, at: int) -> None:
    head = path.partition("?")[0]
    assert not is_safe(f"/fi/{head[:at]}{sign}/{head[at:]}")
