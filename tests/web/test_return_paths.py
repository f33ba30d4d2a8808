"""Return paths: ours are followed, everything else is not."""

import pytest

from portal.web.return_paths import is_safe, safe_return_path


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


@pytest.mark.parametrize(
    "path",
    [
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
    ],
)
def test_anything_else_is_not(path):
    assert not is_safe(path)
    assert safe_return_path(path, default="/fi/my/data") == "/fi/my/data"
