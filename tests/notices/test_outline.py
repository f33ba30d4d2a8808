"""The outline of a text: every word has its place, and nothing unknown passes."""

import pytest

from portal.notices.outline import outline
from portal.notices.sections import MalformedNotice


def told(html: str) -> list[tuple[str, str]]:
    return [(block.kind, "".join(run.text for run in block.runs)) for block in outline(html, "https://portal.example/")]


def test_headings_and_paragraphs_keep_their_order_and_no_break_spaces():
    html = "<h3>One</h3>\n<p>two\n  <i lang='fi'>kolme</i> four&nbsp;five &amp; six</p>"
    assert told(html) == [("heading", "One"), ("paragraph", "two kolme four\N{NO-BREAK SPACE}five & six")]


def test_a_link_is_completed_and_a_foreign_phrase_keeps_its_language():
    (block,) = outline('<p><a href="/fi/cookies">a</a> <i lang="fi">b</i></p>', "https://portal.example/")
    assert [(run.text, run.href, run.lang) for run in block.runs] == [
        ("a", "https://portal.example/fi/cookies", None),
        (" ", None, None),
        ("b", None, "fi"),
    ]


def test_a_table_has_caption_head_and_rows():
    (block,) = outline(
        '<div class="table-wrap"><table class="stack"><caption>c</caption><thead><tr><th scope="col">x</th>'
        '<th scope="col">y</th></tr></thead><tbody><tr><th scope="row">1</th><td data-label="y">2<br>3</td></tr>'
        "</tbody></table></div>"
    )
    assert block.runs[0].text == "c"
    assert [cell[0].text for cell in block.head] == ["x", "y"]
    assert [["".join(run.text for run in cell) for cell in row] for row in block.rows] == [["1", "2\n3"]]


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<script>b</script></p>",
        '<p onclick="a()">b</p>',
        '<p style="color: red">b</p>',
        '<p><img src="/a.png" alt=""></p>',
        '<p><a href="javascript:a()">b</a></p>',
        "<p><a>b</a></p>",
        "words of no paragraph",
        "<li>no list</li>",
        "<p>not closed",
        "<p>closed by another</li>",
    ],
)
def test_what_does_not_belong_in_a_notice_is_refused(html):
    with pytest.raises(MalformedNotice):
        outline(html)
