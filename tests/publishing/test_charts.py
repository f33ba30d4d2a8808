"""Drawings of figures: gaps where a count is hidden, numbers as the page writes them, words that fit a phone."""

import re
from xml.etree import ElementTree

from portal.publishing import charts

SVG = f"{{{charts.SVG}}}"


def drawn(svg: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def pieces(root: ElementTree.Element) -> int:
    """Of how many pieces the line is."""
    return sum("L" in path.get("d", "") for path in root.iter(f"{SVG}path"))


def test_a_hidden_count_is_a_gap_in_the_line() -> None:
    days = ["1.11.", "2.11.", "3.11.", "4.11.", "5.11."]
    assert pieces(drawn(charts.lines("Choices", days, [("All", [9, 8, 7, 8, 9])]))) == 1
    assert pieces(drawn(charts.lines("Choices", days, [("All", [9, 8, None, 8, 9])]))) == 2


def test_a_count_between_hidden_ones_has_a_dot_where_lines_have_none() -> None:
    values = [9, 8, None, 7, None, *[6] * 40]
    root = drawn(charts.lines("Choices", [str(day) for day in range(45)], [("All", values)]))
    dots = [dot for dot in root.iter(f"{SVG}circle") if "dot" in dot.get("class", "").split()]
    assert [dot.get("r") for dot in dots] == ["0", "0", "2", *["0"] * 40]


def test_numbers_on_the_axis_are_written_as_on_the_page() -> None:
    root = drawn(charts.bars("Pages", ["/"], [("Views", [9_000])], written=lambda value: f"{value:.0f} pages"))
    assert "4000 pages" in texts(root)
    grouped = drawn(charts.bars("Pages", ["/"], [("Views", [9_000])]))
    assert "4\N{NO-BREAK SPACE}000" in texts(grouped)


def test_a_narrow_drawing_is_as_wide_as_a_phone_and_breaks_long_names() -> None:
    names = ["Other direct marketing: Text message", "Post"]
    svg = charts.bars("Kinds", names, [("Permissions", [9, 8]), ("Prohibitions", [7, 6])], is_narrow=True)
    root = drawn(svg)
    assert root.get("width") == "340"
    lines = [[line.text for line in text.iter(f"{SVG}tspan")] for text in root.iter(f"{SVG}text")]
    assert [of for of in lines if of] == [["Post"], ["Other direct marketing:", "Text message"]]
    assert drawn(charts.lines("Kinds", ["1.11.", "2.11."], [("All", [9, 8])], is_narrow=True)).get("width") == "340"


def test_a_drawing_holds_no_script_and_no_title_but_its_own() -> None:
    root = drawn(charts.bars("Kinds", ["Post", "Phone"], [("Permissions", [9, 8])]))
    assert [title.text for title in root.iter(f"{SVG}title")] == ["Kinds"]
    assert not list(root.iter(f"{SVG}script"))
    assert not re.search(rb"<script|javascript:|onload", charts.lines("x", ["1.11."], [("All", [9])]))
