"""The form macro draws every kind of field with its label, hint and errors tied to it."""

from collections.abc import Iterator
from types import SimpleNamespace
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    Form,
    FormField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
    widgets,
)

from portal.web.forms import PublicForm

FORM_PAGE = """
{%- from "components/form.html" import field, form_errors, form_tag, submit -%}
{{ form_errors(form) }}
{% call form_tag(form, multipart=True) %}
{% for one in form %}{{ field(one) }}{% endfor %}
{{ submit("Send") }}
{% endcall %}
"""


class Correction(Form):
    proposed = StringField("Should be", [validators.DataRequired("Write what is right.")])


class Checkboxes(SelectMultipleField):
    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class Everything(PublicForm):
    username = StringField("Username", [validators.DataRequired("Enter your username.")], description="As chosen.")
    password = PasswordField("Password", [validators.DataRequired("Enter your password.")])
    remember = BooleanField("Remember me", description="Uses a cookie.")
    choice = RadioField(
        "Choice",
        [validators.InputRequired("Choose one.")],
        choices=[SelectChoice("a", "Allow"), SelectChoice("b", "Forbid")],
    )
    channels = Checkboxes("Channels", choices=[SelectChoice("post", "Post"), SelectChoice("sms", "SMS")])
    reason = SelectField("Reason", choices=[SelectChoice("x", "Complexity"), SelectChoice("y", "Number")])
    text = TextAreaField("Message", [validators.Optional()])
    evidence = FileField("Evidence", [validators.Optional()])
    items = FieldList(FormField(Correction, "Correction"), "Corrections", min_entries=2)


@pytest.fixture
def drawn(app: Flask) -> Iterator[Element]:
    with app.test_request_context("/en/", method="POST"):
        sent = MultiDict([("reason", "y"), ("text", "a <b> & c"), ("password", ""), ("items-0-proposed", "Kotikatu 1")])
        form = Everything(formdata=sent)
        assert form.validate() is False
        html = render_template_string(FORM_PAGE, form=form)
    yield html5lib.parse(f"<!doctype html><title>x</title>{html}", namespaceHTMLElements=False)


def _by_id(root: Element, name: str) -> Element:
    return next(e for e in root.iter() if e.get("id") == name)


def test_every_control_has_its_label(drawn: Element) -> None:
    labels = {e.get("for") for e in drawn.iter("label")}
    controls = [e for tag in ("input", "select", "textarea") for e in drawn.iter(tag) if e.get("type") != "hidden"]
    assert len(controls) == 12
    assert all(control.get("id") in labels for control in controls)


def test_ids_are_unique(drawn: Element) -> None:
    ids = [e.get("id") for e in drawn.iter() if e.get("id")]
    assert len(ids) == len(set(ids))


def test_hint_and_error_describe_the_field(drawn: Element) -> None:
    username = _by_id(drawn, "username")
    assert username.get("aria-describedby") == "username-hint username-error"
    assert username.get("aria-invalid") == "true"
    assert "".join(_by_id(drawn, "username-error").itertext()) == "Error: Enter your username."
    assert _by_id(drawn, "reason").get("aria-invalid") is None


def test_radios_stand_in_a_fieldset_that_names_and_describes_them(drawn: Element) -> None:
    fieldset = _by_id(drawn, "choice")
    assert fieldset.tag == "fieldset"
    assert next(fieldset.iter("legend")).text == "Choice"
    assert fieldset.get("aria-describedby") == "choice-error"
    assert [e.get("checked") for e in fieldset.iter("input")] == [None, None]


def test_the_summary_leads_to_each_faulty_field_and_takes_the_focus(drawn: Element) -> None:
    summary = _by_id(drawn, "error-summary")
    assert summary.get("tabindex") == "-1"
    assert summary.get("data-focus") is not None
    targets = [e.get("href", "")[1:] for e in summary.iter("a")]
    assert targets == ["username", "password", "choice-0", "items-1-proposed"]
    assert all(_by_id(drawn, target).tag == "input" for target in targets)


def test_what_was_typed_is_kept_and_escaped(drawn: Element) -> None:
    assert (_by_id(drawn, "text").text or "").strip() == "a <b> & c"
    assert _by_id(drawn, "items-0-proposed").get("value") == "Kotikatu 1"
    assert [o.get("value") for o in _by_id(drawn, "reason").iter("option") if o.get("selected") is not None] == ["y"]


def test_optional_fields_say_so(drawn: Element) -> None:
    words = ["".join(e.itertext()) for e in drawn.iter("label") if e.get("for") in ("text", "evidence", "username")]
    assert words == ["Username", "Message (optional)", "Evidence (optional)"]


def test_the_button_that_shows_a_password_waits_for_the_script(drawn: Element) -> None:
    button = next(e for e in drawn.iter("button") if e.get("data-show-password"))
    assert button.get("type") == "button"
    assert button.get("hidden") is not None


def test_a_page_of_many_is_paged_and_a_single_page_is_not(app: Flask) -> None:
    template = '{% from "components/parts.html" import pagination %}{{ pagination(page) }}'

    def pages(number: int, count: int) -> str:
        page = SimpleNamespace(number=number, pages=count, total=9, url=lambda n: f"?page={n}")
        with app.test_request_context("/en/"):
            return render_template_string(template, page=page)

    assert pages(1, 1) == ""
    assert "?page=1" in pages(2, 3) and "?page=3" in pages(2, 3)
    assert 'rel="prev"' not in pages(1, 3)
    assert 'rel="next"' not in pages(3, 3)


def test_a_chart_has_a_picture_and_the_same_figures_in_a_table(app: Flask) -> None:
    template = (
        '{% from "components/chart.html" import chart %}'
        '{{ chart("Choices", "/x.svg", "Rising", ["Week", "Yes"], [["48", "12"]]) }}'
    )
    with app.test_request_context("/en/"):
        root = html5lib.parse(render_template_string(template), namespaceHTMLElements=False)
    figure = next(root.iter("figure"))
    assert figure.get("data-chart") is not None
    assert next(figure.iter("img")).get("alt") == "Rising"
    cells = [(e.tag, e.get("scope"), e.text) for e in next(figure.iter("tbody")).iter() if (e.text or "").strip()]
    assert cells == [("th", "row", "48"), ("td", None, "12")]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_page_for_a_broken_server_needs_nothing_but_what_it_is_given(app: Flask, language: str) -> None:
    with app.app_context():
        html = app.jinja_env.get_template("errors/plain.html").render(
            lang=language,
            title="Out of order",
            text="Try again.",
            reference="Reference",
            to_front="Front page",
            request_id="r-1",
        )
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert root.get("lang") == language
    assert [e.text for e in root.iter("h1")] == ["Out of order"]
    assert "r-1" in html
