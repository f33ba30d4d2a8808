"""A disclosure is made in one place: nobody gives data without the rule and the audit event (L37)."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "portal"
MAKES_ONE = {"disclosures/services.py"}
# the demo writes many at once, each by the same rule; its bulk insert names the model
MAY_NAME_IT = {
    *MAKES_ONE, "disclosures/commands.py", "disclosures/holders.py", "disclosures/labels.py", "disclosures/queries.py",
    "disclosures/staff_views.py", "desk/customer_page.py", "own_data/holdings.py", "register/documents.py",
    "register/models.py", "register/purges.py", "register/reading.py",
    "subject_requests/erasure_plan.py",
}  # fmt: skip


def modules() -> dict[str, ast.Module]:
    texts = {path: path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py") if "versions" not in path.parts}
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(text)
        for path, text in texts.items()
        if re.search(r"\bDisclosure\b", text)
    }


def test_only_the_service_makes_a_disclosure() -> None:
    makers = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Disclosure"
    }
    assert makers == MAKES_ONE


def test_only_what_is_written_here_knows_the_table() -> None:
    knowing = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.alias) and node.name == "Disclosure")
        or (isinstance(node, ast.ClassDef) and node.name == "Disclosure")
    }
    assert {name for name in knowing if not name.startswith("demo/")} <= MAY_NAME_IT


def test_the_demo_asks_the_rule() -> None:
    drawing = {
        name: ast.unparse(tree)
        for name, tree in modules().items()
        if name.startswith("demo/") and "rows[Disclosure]" in ast.unparse(tree)
    }
    asks = {name for name, code in drawing.items() if "rules.check(" in code and "rules.ground_of(" in code}
    assert drawing and asks == drawing.keys()
