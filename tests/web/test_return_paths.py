"""Return paths: ours are followed, everything else is not."""

import pytest

from portal.web.return_paths import is_safe, safe_return_path
from tests.pages import Pages

BAD_TARGETS = [
    "",
    "/",
    "my/data",
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/fi\\..\\evil",
    "/fi//evil.example",
    "/fi/..//evil.example",
    "/fi/%2e%2e//evil.example",
    "/fi/%2e%2e/%2fevil.example",
    "/fi/%252e%252e/x",
    "/fi/%5cevil.example",
    "/fi/\tevil",
    "/fi/\r\nSet-Cookie: x=1",
    "/fi/%0d%0aSet-Cookie:x",
    " /fi/",
    "/fi/ x",
    "/fi/x\x00",
    "javascript:alert(1)",
    "/fi/javascript:alert(1)",
    "/sv/my/data",
    "/finland",
    "/fi@evil.example/",
    "/fi/@evil",
    "//fi/",
    "http:/fi/",
    "/fi/#fragment",
    "/fi/" + "a" * 3000,
    "//evil.example/%2e%2e",
    "//evil.example:443/fi/",
    "////evil.example",
    "/%2fevil.example",
    "/%2Fevil.example/fi/",
    "/fi/%2f%2fevil.example",
    "/fi/%2f/evil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\n//evil.example",
    "\t//evil.example",
    "\r\n//evil.example",
    "/fi/%00",
    "/fi/%250d%250aSet-Cookie:x=1",
    "/fi/my/data\nLocation: https://evil.example",
    "/\\\\evil.example",
    "/fi/\\evil.example",
    "\\/\\/evil.example",
    "/fi/%255cevil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "ftp://evil.example/fi/",
    "//user@evil.example/fi/",
    "https://localhost@evil.example/fi/",
    "https://localhost:8000/fi/",
    "http://localhost%40evil.example/fi/",
    "localhost/fi/",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://localhost/fi/%0aalert(1)",
    "/fi/%6aavascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:http://localhost/fi/",
    "file:///etc/passwd",
    "/fi/<script>alert(1)</script>",
    '/fi/"onmouseover="alert(1)',
    "/\uff0fevil.example",
    "\uff0f\uff0fevil.example",
    "/fi/\u2215\u2215evil.example",
    "/\u2044evil.example",
    "/fi\u3002evil.example",
    "/fi/\u202eelpmaxe.live",
    "/f\u0456/",
    "/FI/my/data",
    "/fi?next=//evil.example#@evil.example",
    "/fi/../../evil",
    "/fi/./../..//evil.example",
    "/fi/%2e/%2e%2e/x",
    "/fi/.%2e/x",
    "/fi/?next=https://evil.example\\",
    "/fi/?x=\r\nSet-Cookie:x=1",
    "/fi/?x=<script>",
    "?next=/fi/",
    "#/fi/",
    ";//evil.example",
    "./fi/",
    "../fi/",
    "/fi/\ud800",
    "%2f%2fevil.example",
    "%68ttps://evil.example",
]


@pytest.mark.parametrize(
    "path",
    [
        "/fi/",
        "/en/my/data",
        "/en/my/requests/K7F3-9QTD",
        "/fi/desk/requests?status=new&page=2",
        "/en/my/requests/new/correction?field=site.fuse:123",
        "/en/desk/requests?q=%C3%A4",
    ],
)
def test_a_path_of_ours_is_safe(path):
    assert is_safe(path)


@pytest.mark.parametrize("path", BAD_TARGETS)
def test_anything_else_is_not(path):
    assert not is_safe(path)
    assert safe_return_path(path, default="/fi/my/data") == "/fi/my/data"


def test_the_corpus_is_not_only_what_one_thinks_of_first() -> None:
    assert len(BAD_TARGETS) == len(set(BAD_TARGETS)) >= 90


def test_no_form_leads_to_any_of_them(client: Pages) -> None:
    """The form of the cookie choice goes back to where it was sent from; a browser reads Location its own way."""
    for target in BAD_TARGETS:
        try:
            target.encode()
        except UnicodeEncodeError:  # no browser can send it
            continue
        page = client.post("/en/cookies", {"choice": "necessary-only", "next": target})
        assert page.status == 400 or page.location.startswith("/en/cookies"), target
        assert "evil" not in page.location
