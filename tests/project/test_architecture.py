"""Rules about the whole tree that no other tool checks."""

import re
import tomllib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from portal.core.append_only import GUARDED_TABLES
from portal.core.db import Model, db

ROOT = Path(__file__).resolve().parents[2]
NO_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py", "manager.py"}
# forms that are kept, and forms of paper: neither is a form of a page
NO_PAGE_FORMS = {"portal.accounts.typed_forms", "portal.subject_requests.paper_forms"}
# (S9), R52-R68 and R10–R14, not C-154/21, R&D or a name that goes on
RULE = re.compile(r"(?<![\w.#/-])([RLCSDI])(\d{1,3})(?:[-–](?:\1)?(\d{1,3}))?(?![\w/-])")


# SQLite cannot tell which expression an index is over: tests/register/test_lookups.py finds out whether it is there.
@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_migrated_database_is_what_the_models_say(context: Flask) -> None:
    with db.engine.connect() as connection:
        migration = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(migration, Model.metadata) == []


def test_tables_that_must_not_change_are_there(context: Flask) -> None:
    tables = set(inspect(db.engine).get_table_names())
    assert tables >= {"alembic_version", *GUARDED_TABLES}


def test_no_module_is_named_for_having_no_place() -> None:
    assert [p for p in (ROOT / "portal").rglob("*.py") if p.name in NO_NAMES] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in (ROOT / "portal").rglob("*.py"):
        if "versions" in path.parts or (path.name == "__init__.py" and not path.read_text().strip()):
            continue
        if not path.read_text(encoding="utf-8").startswith('"""'):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_templates_hold_nothing_inline() -> None:
    faults = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        faults += [f"{path.name}: {bad}" for bad in (" style=", "<style", " onclick=", "javascript:") if bad in text]
    assert faults == []


def test_no_file_of_another_project_is_loaded() -> None:
    faults = []
    for folder in ("templates", "static"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".html", ".css", ".js", ".svg"):
                text = path.read_text(encoding="utf-8")
                faults += [
                    str(path) for bad in ('src="http', "url(http", "@import", 'href="https://cdn') if bad in text
                ]
    assert faults == []


def test_every_view_and_form_is_under_the_contract_that_keeps_tables_away_from_it() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (listed,) = [c["source_modules"] for c in contracts if c["name"].startswith("Views and forms know no tables")]
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for pattern in ("*views.py", "*forms.py")
        for path in (ROOT / "portal").rglob(pattern)
        if not {"web", "versions"} & set(path.parts)
    }
    assert found - NO_PAGE_FORMS == set(listed)


def rules_named_in(text: str) -> set[str]:
    return {
        f"{letter}{number}"
        for letter, first, last in RULE.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def test_every_rule_that_is_named_by_letter_and_number_is_explained() -> None:
    rows = re.findall(
        r"^\| ([RLCSDI]\d[^|]*) \|", (ROOT / "docs" / "rules.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    explained = rules_named_in(" ".join(rows))
    named = {}
    for path in (path for folder in ("portal", "tests", "docs") for path in (ROOT / folder).rglob("*")):
        if path.suffix in (".py", ".md", ".tsv") and path.name != "rules.md":
            named |= dict.fromkeys(rules_named_in(path.read_text(encoding="utf-8")), path.relative_to(ROOT))
    assert {rule: str(path) for rule, path in named.items() if rule not in explained} == {}
