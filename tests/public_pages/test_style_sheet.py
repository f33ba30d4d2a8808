"""What the style sheet promises: its size, the contrast of its colours, and nothing from elsewhere."""

import gzip
import re

import pytest

from portal.config import ROOT

CSS = (ROOT / "static" / "css" / "portal.css").read_text(encoding="utf-8")
JS = (ROOT / "static" / "js" / "portal.js").read_text(encoding="utf-8")

TEXT_PAIRS = [
    ("ink", "paper"),
    ("ink", "soft"),
    ("ink", "accent-soft"),
    ("ink", "good-soft"),
    ("ink", "warn-soft"),
    ("ink", "bad-soft"),
    ("muted", "paper"),
    ("muted", "soft"),
    ("muted", "accent-soft"),
    ("accent", "paper"),
    ("accent", "soft"),
    ("accent", "accent-soft"),
    ("accent-strong", "paper"),
    ("accent-strong", "soft"),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-band", "band"),
    ("on-band-muted", "band"),
    ("good", "good-soft"),
    ("good", "paper"),
    ("warn", "warn-soft"),
    ("warn", "paper"),
    ("bad", "bad-soft"),
    ("bad", "paper"),
    ("bad", "soft"),
]
# borders of controls and the focus ring: not text, so 3:1 (WCAG 1.4.11)
CONTROL_PAIRS = [("control", "paper"), ("control", "soft"), ("focus", "paper"), ("focus", "soft"), ("bad", "paper")]


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", block))


def _themes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\n\s*\}", CSS, flags=re.DOTALL)
    light, dark = _tokens(blocks[0]), _tokens(blocks[1])
    return {"light": light, "dark": light | dark}


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_says() -> None:
    assert round(_contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(_contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(theme: str, text: str, ground: str) -> None:
    tokens = _themes()[theme]
    assert _contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), CONTROL_PAIRS)
def test_edges_of_controls_and_the_focus_ring_can_be_seen(theme: str, edge: str, ground: str) -> None:
    tokens = _themes()[theme]
    assert _contrast(tokens[edge], tokens[ground]) >= 3


def test_dark_mode_gives_every_colour_of_its_own() -> None:
    themes = _themes()
    same = {name for name, colour in themes["light"].items() if themes["dark"][name] == colour}
    assert same == {"on-band", "on-band-muted"}  # the band is dark in both


def test_the_style_sheet_stays_under_eight_kilobytes_compressed() -> None:
    assert len(gzip.compress(CSS.encode(), 9)) < 8_000


def test_the_script_stays_under_one_kilobyte_compressed() -> None:
    assert len(gzip.compress(JS.encode(), 9)) < 1_000


def test_the_banner_costs_less_than_its_budget() -> None:
    rules = [line for line in CSS.splitlines() if "#cookie-choice" in line or line.startswith((".button", ".actions"))]
    assert len(gzip.compress("\n".join(rules).encode(), 9)) < 1_300


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert not re.search(r"@import|@font-face|url\(|https?:\S+\.(css|js|woff2?)", CSS)
    assert not re.search(r"https?://|\bimport\b", JS)


def test_no_rule_sets_the_two_cookie_answers_apart() -> None:
    assert not re.search(r"#cookie-choice[^{]*(:first|:last|:nth|\[value)", CSS)


def test_the_script_needs_no_trusted_types() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(", JS)
