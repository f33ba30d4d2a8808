"""Charts as SVG pictures in the portal's colours, light and dark, without scripts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree import ElementTree

import pygal
from pygal.graph.graph import Graph
from pygal.style import Style

SVG = "http://www.w3.org/2000/svg"
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif'
Written: TypeAlias = Callable[[float], str]
WIDTH, HEIGHT = 800, 360
BARS_WIDTH, BAR_HEIGHT = 600, 22
NARROW = 340  # for a phone: as wide as its screen leaves, so that words keep their size
NARROW_HEIGHT = 220
LONG_LABEL, LONG_LEGEND = 18, 22  # characters
MOST_LABELS, MOST_LABELS_NARROW = 12, 5
LEGENDS_A_ROW = 3
MOST_DOTS = 31

# series: the first of each pair for light paper, the second for dark; they differ in lightness too, for greyscale
SERIES = (
    ("#00566b", "#7fcadd"),
    ("#b34700", "#ffb35c"),
    ("#3f7f57", "#c8f0d6"),
    ("#82959e", "#82959e"),
    ("#5b3a7a", "#d3b5ee"),
)
FILLINGS = (1, 0.4, 0, 0.7, 0.2)
DASHES = ("none", "8,4", "2,4", "12,4,2,4", "16,3")
# tokens of portal.css
INK, INK_DARK = "#14242c", "#e6eef0"
MUTED, MUTED_DARK = "#4a5c65", "#a9b9c0"
LINE, LINE_DARK = "#cad6da", "#33454e"


def _style(*, is_narrow: bool) -> Style:
    label, legend = (12, 14) if is_narrow else (14, 15)
    return Style(**_LOOK, label_font_size=label, major_label_font_size=label, legend_font_size=legend)


_LOOK = dict[str, object](
    background="transparent",
    plot_background="transparent",
    foreground=MUTED,
    foreground_strong=INK,
    foreground_subtle=LINE,
    guide_stroke_color=LINE,
    major_guide_stroke_color=LINE,
    colors=tuple(light for light, _ in SERIES),
    opacity="1",
    opacity_hover="1",
    transition="none",
    font_family=FONT,
    value_font_size=14,
    title_font_size=16,
)


def _dark() -> str:
    series = "".join(
        f".color-{n}, .color-{n} a:visited {{ stroke: {dark}; fill: {dark}; }}" for n, (_, dark) in enumerate(SERIES)
    )
    return (
        "inline:@media (prefers-color-scheme: dark) {"
        f".graph, .legends .legend text {{ fill: {INK_DARK}; }}"
        f".axis text, .axis text.major {{ fill: {MUTED_DARK}; }}"
        f".axis .guide.line, .axis .major.guide.line, .axis > .line, .axis .line {{ stroke: {LINE_DARK}; }}"
        f".text-overlay text {{ fill: {INK_DARK}; }}"
        f"{series}}}"
    )


def _lines() -> str:
    return "inline:" + "".join(
        f".serie-{n} .line {{ stroke-width: 2.5; stroke-dasharray: {dash}; }}" for n, dash in enumerate(DASHES)
    )


def grouped(value: float) -> str:
    """With thousands apart."""
    return f"{value:,.0f}".replace(",", "\N{NO-BREAK SPACE}")


def lines(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[int | None]]],
    *,
    written: Written = grouped,
    is_narrow: bool = False,
) -> bytes:
    """How each series goes over time; dashes tell the series apart without colour, and a hidden count is a gap."""
    is_dense = len(labels) > (MOST_DOTS // 2 if is_narrow else MOST_DOTS)
    chart = pygal.Line(
        **_options(written, is_narrow=is_narrow),
        dots_size=2 if is_narrow else 2.5,
        x_label_rotation=0,
        allow_interruptions=True,
    )
    chart.width, chart.height = lines_size(len(series), is_narrow=is_narrow)
    chart.x_labels = list(labels)
    step = -(-len(labels) // (MOST_LABELS_NARROW if is_narrow else MOST_LABELS)) or 1
    chart.x_labels_major = list(labels)[::step]
    chart.show_minor_x_labels = False
    for name, values in series:
        chart.add(name, _points(values) if is_dense else list(values))
    is_long = any(len(name) > LONG_LEGEND for name, _ in series)
    chart.legend_at_bottom_columns = 1 if is_narrow else 2 if is_long else LEGENDS_A_ROW
    chart.margin_bottom = _below(series, a_row=chart.legend_at_bottom_columns)
    return _drawn(chart, title, has_lines=True)


def _points(values: Sequence[int | None]) -> list[dict[str, object] | None]:
    """Dots only where no line leads to or from a count."""
    around = [None, *values, None]
    return [
        None if value is None else {"value": value, "node": {"r": 2 if around[n] is around[n + 2] is None else 0}}
        for n, value in enumerate(values)
    ]


def lines_size(series: int, *, is_narrow: bool = False) -> tuple[int, int]:
    """Width and height of the picture: narrow, the names of the lines stand one under another."""
    return (NARROW, NARROW_HEIGHT + 24 * series) if is_narrow else (WIDTH, HEIGHT)


def bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    written: Written = grouped,
    is_narrow: bool = False,
) -> bytes:
    """How large each category is; series beside each other differ in their filling too, for greyscale."""
    chart = pygal.HorizontalBar(**_options(written, is_narrow=is_narrow), rounded_bars=3)
    chart.config.css = [*chart.config.css, _fillings()]
    chart.width, chart.height = bars_size(len(labels), len(series), is_narrow=is_narrow)
    chart.max_scale = 3 if is_narrow else 5
    # pygal draws horizontal bars from the bottom
    names = [_in_two(label) if is_narrow else [label] for label in labels][::-1]
    chart.x_labels = [max(parts, key=len) for parts in names]  # what room the words need
    for name, values in series:
        chart.add(name, list(values)[::-1])
    chart.show_legend = len(series) > 1
    # long words leave little width to the bars, under which the legend stands
    is_long = any(len(name) > LONG_LABEL for name in (*labels, *(name for name, _ in series)))
    chart.legend_at_bottom_columns = 1 if is_long or is_narrow else 2
    chart.margin_bottom = _below(series, a_row=chart.legend_at_bottom_columns) if chart.show_legend else 12
    return _drawn(chart, title, names=names)


def _in_two(label: str) -> list[str]:
    """Two lines of about the same length, when there are words enough."""
    middle = len(label) / 2
    breaks = [place for place, sign in enumerate(label) if sign == " "]
    if len(label) <= LONG_LABEL or not breaks:
        return [label]
    place = min(breaks, key=lambda place: abs(place - middle))
    return [label[:place], label[place + 1 :]]


def bars_size(labels: int, series: int, *, is_narrow: bool = False) -> tuple[int, int]:
    """Width and height of the picture: as high as its bars need."""
    legend = 24 * series if series > 1 else 0
    return NARROW if is_narrow else BARS_WIDTH, max(120, 70 + legend + labels * (12 + BAR_HEIGHT * series))


def _fillings() -> str:
    return "inline:" + "".join(
        f".color-{number}.reactive, .color-{number} .reactive {{ fill-opacity: {opacity}; stroke-width: 2; }}"
        for number, opacity in enumerate(FILLINGS)
    )


@dataclass(frozen=True)
class Column:
    """A series of columns; an outlined one takes the colour of the series that it is told beside."""

    name: str
    values: Sequence[int | None]
    colour: int
    is_outlined: bool = False


def columns(title: str, labels: Sequence[str], series: Sequence[Column]) -> bytes:
    """Amounts side by side at each label; outlined series are another kind of amount than filled ones."""
    options = _options(grouped) | {"legend_at_bottom_columns": len(series)}
    chart = pygal.Bar(**options, rounded_bars=2)
    chart.config.css = [*chart.config.css, _own_colours(series)]
    chart.x_labels = list(labels)
    for one in series:
        chart.add(one.name, list(one.values))
    chart.margin_bottom = _below(series, a_row=len(series))
    return _drawn(chart, title)


def _own_colours(series: Sequence[Column]) -> str:
    light, dark = [], []
    for number, one in enumerate(series):
        ink, ink_dark = SERIES[one.colour % len(SERIES)]
        light.append(f".color-{number} {{ stroke: {ink}; fill: {ink}; }}")
        dark.append(f".color-{number} {{ stroke: {ink_dark}; fill: {ink_dark}; }}")
        if one.is_outlined:
            shape = "fill-opacity: 0; stroke-width: 2; stroke-dasharray: 5,3"
            light.append(f".color-{number}.reactive, .color-{number} .reactive {{ {shape}; }}")
    return f"inline:{''.join(light)}@media (prefers-color-scheme: dark) {{{''.join(dark)}}}"


def _below(series: Sequence[object], *, a_row: int = LEGENDS_A_ROW) -> int:
    """Room under the legend: the library leaves out the last row when it is not full."""
    return 16 + 24 * (-(-len(series) // a_row) - len(series) // a_row)


def _options(written: Written, *, is_narrow: bool = False) -> dict[str, object]:
    return {
        "style": _style(is_narrow=is_narrow),
        "css": ["file://style.css", "file://graph.css", _lines(), _dark()],
        "js": [],
        "no_prefix": True,
        "width": WIDTH,
        "height": HEIGHT,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": LEGENDS_A_ROW,
        "truncate_legend": -1,
        "truncate_label": 26,
        "include_x_axis": True,
        "range": None,
        "min_scale": 2,
        "max_scale": 6,
        "margin": 12,
        "show_y_guides": True,
        "no_data_text": "–",
        "value_formatter": written,
        "formatter": written,
        "print_values": False,
        "explicit_size": True,
    }


def _drawn(chart: Graph, title: str, *, has_lines: bool = False, names: Sequence[Sequence[str]] = ()) -> bytes:
    root = ElementTree.fromstring(chart.render())
    if has_lines:
        _draw_lines_in_legend(root)
    if any(len(parts) > 1 for parts in names):
        _write_in_lines(root, names)
    heading = root.find(f"{{{SVG}}}title")
    if heading is not None:
        heading.text = title
    for parent in list(root.iter()):
        for child in list(parent):
            # a title of a label is the library's own number for its place
            if child.tag == f"{{{SVG}}}script" or (child.tag == f"{{{SVG}}}title" and child is not heading):
                parent.remove(child)
    root.attrib.pop("id", None)
    ElementTree.register_namespace("", SVG)
    text = ElementTree.tostring(root, encoding="unicode")
    return re.sub(r"\s+\n", "\n", text).encode()


def _write_in_lines(root: ElementTree.Element, names: Sequence[Sequence[str]]) -> None:
    """Names beside horizontal bars, those in two parts one above the other."""
    axis = next(group for group in root.iter(f"{{{SVG}}}g") if group.get("class", "").split()[:2] == ["axis", "y"])
    for text, parts in zip(axis.iter(f"{{{SVG}}}text"), names, strict=True):
        text.text = None
        for number, part in enumerate(parts):
            up = "-0.55em" if len(parts) > 1 else "0"
            line = ElementTree.SubElement(text, f"{{{SVG}}}tspan", x=text.get("x", "0"), dy="1.1em" if number else up)
            line.text = part


def _draw_lines_in_legend(root: ElementTree.Element) -> None:
    """A piece of each line in place of its coloured box, so that dashes tell what is what without colour."""
    for box in root.iter(f"{{{SVG}}}rect"):
        number = re.search(r"\bcolor-(\d+) reactive", box.get("class", ""))
        if number is None:
            continue
        left, top, height = (float(box.attrib.pop(name)) for name in ("x", "y", "height"))
        right, middle = left + float(box.attrib.pop("width")), str(top + height / 2)
        box.tag = f"{{{SVG}}}line"
        box.attrib |= {"x1": str(left - 20), "x2": str(right), "y1": middle, "y2": middle}
        box.attrib["style"] = f"stroke-width: 3; stroke-dasharray: {DASHES[int(number[1]) % len(DASHES)]}"
