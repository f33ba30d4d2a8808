"""docs/retention.md tells the rules as the catalogue has them; on failure, put what is expected into the page."""

from pathlib import Path

from flask import Flask
from flask_babel import force_locale

from portal import purging
from portal.catalogues.retention import OF_STAFF, OF_THE_REGISTER, OF_THE_REST, RULES, Basis, Retention

PAGE = Path(__file__).resolve().parents[2] / "docs" / "retention.md"
BASIS = {Basis.LAW: "law", Basis.DESCRIPTION: "register description", Basis.PROPOSAL: "our proposal"}


def row(rule: str, kept: Retention) -> str:
    basis = BASIS[kept.basis] if kept.law is None else str(kept.law)
    label = str(kept.label).removesuffix(" (our proposal; the controller sets the period)")
    return f"| `{rule}` | {kept.what} | {label} | {basis} |"


def table() -> str:
    lines = ["| rule | what | kept | by |", "|---|---|---|---|"]
    lines += [row(rule.value, kept) for rule, kept in RULES.items()]
    return "\n".join(lines)


def test_the_page_has_the_table_of_the_catalogue(app: Flask) -> None:
    with app.test_request_context(), force_locale("en_GB"):
        assert table() in PAGE.read_text(encoding="utf-8")


def test_the_page_explains_every_rule_that_nothing_deletes_by() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## What nothing deletes by")[2].partition("\n## ")[0]
    assert {rule for rule in RULES if f"`{rule}`" in text} == purging.WITHOUT_PURGE


def test_each_rule_stands_in_one_list() -> None:
    assert len(RULES) == len(OF_THE_REGISTER) + len(OF_THE_REST) + len(OF_STAFF)
