"""The only way out of the register for marketing: the command, and that there is no other."""

import ast
import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import grimp
import pytest
from flask import Flask
from sqlalchemy import delete

from portal.catalogues.sources import Source
from portal.core import audit, clock
from portal.core.audit import SYSTEM
from portal.core.db import db, transaction
from portal.core.roles import GRANTS, Permission, Role
from portal.permissions import services
from portal.permissions.models import Channel, MarketingType, State
from portal.permissions.opt_out_links import link_of
from portal.register.commands import register
from portal.register.models import Billing
from portal.web.access import access_table
from tests.factories import make_customer, record_imported

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def run(app: Flask, *options: str) -> str:
    result = app.test_cli_runner().invoke(register, ["marketing-list", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def permit(customer_id: int, type: MarketingType, channel: Channel) -> None:
    record_imported(
        customer_id=customer_id,
        type=type,
        channel=channel,
        state=State.PERMISSION,
        given_on=date(2026, 1, 15),
        source=Source.QUOTE_REQUEST,
        actor=SYSTEM,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("channel", "contact"),
    [
        ("post", "Esimerkkikatu 3 A 4, 45100 Kouvola"),
        ("phone", "+358440001111"),
        ("sms", "+358440001111"),
        ("email", "paja@example.com"),
    ],
)
def test_the_list_tells_name_one_contact_point_and_the_way_to_opt_out(app: Flask, channel: str, contact: str) -> None:
    with app.app_context():
        customer = make_customer(kind="legal", name="Paja Oy", phone="+358440001111", email="paja@example.com")
    options = ("--type", "direct-advertising", "--channel", channel)
    (told,) = json.loads(run(app, *options, "--json"))
    link = told.pop("opt_out_url")
    assert told == {"customer_number": customer.number, "name": "Paja Oy", "contact": contact}
    assert link.startswith("http://localhost:8000/fi/opt-out/")
    (row,) = csv.DictReader(io.StringIO(run(app, *options)))
    assert row == {**told, "opt_out_url": link}
    with app.app_context():
        opened = link_of(link.rpartition("/")[2])
    assert opened is not None and (opened.customer_id, opened.channel.value) == (customer.id, channel)


def test_the_link_is_in_the_customers_language(app: Flask) -> None:
    with app.app_context():
        make_customer(kind="legal", preferred_language="en")
    (told,) = json.loads(run(app, "--type", "contact", "--channel", "email", "--json"))
    assert told["opt_out_url"].startswith("http://localhost:8000/en/opt-out/")


def test_making_the_list_is_on_the_audit_trail(app: Flask) -> None:
    run(app, "--type", "distance-selling", "--channel", "sms", "--json")
    with app.app_context():
        entry = audit.latest(limit=1)[0]
    assert entry.detail is not None
    assert (entry.event.action.value, entry.detail.purpose) == ("marketing-list:make", "distance-selling/sms")


def test_an_empty_list_is_a_document_too(app: Flask) -> None:
    options = ("--type", "contact", "--channel", "email")
    assert run(app, *options, "--json") == "[]\n"
    assert run(app, *options) == "customer_number,name,contact,opt_out_url\n"


@pytest.mark.parametrize("options", [(), ("--type", "contact"), ("--type", "x", "--channel", "email")])
def test_the_list_cannot_be_asked_for_without_type_and_channel(app: Flask, options: tuple[str, ...]) -> None:
    result = app.test_cli_runner().invoke(register, ["marketing-list", *options])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_cell_is_no_formula_and_a_phone_number_stays(app: Flask) -> None:
    with app.app_context():
        make_customer(kind="legal", name="=HYPERLINK(x)", phone="+358440001111")
        make_customer(kind="legal", name="-Pajat, Oy", phone="+358440001112")
    rows = list(csv.reader(io.StringIO(run(app, "--type", "contact", "--channel", "phone"))))[1:]
    assert [row[1:3] for row in rows] == [["'=HYPERLINK(x)", "+358440001111"], ["'-Pajat, Oy", "+358440001112"]]


def test_potential_customers_are_listed_for_what_they_gave_and_nothing_else(app: Flask) -> None:
    with app.app_context():
        potential = make_customer(status="potential", has_site=False)
        permit(potential.id, MarketingType.CONTACT, Channel.PHONE)
    found = {
        (type.value, channel.value)
        for type in MarketingType
        for channel in Channel
        if json.loads(run(app, "--type", type.value, "--channel", channel.value, "--json"))
    }
    assert found == {("contact", "phone")}, "the permission to contact is apart from marketing (R20)"


@pytest.mark.parametrize("facts", [{"is_protected": True}, {"contract_ended_on": date(2026, 5, 1)}])
def test_whom_no_permission_helps_is_not_on_the_postal_list(app: Flask, facts: dict[str, object]) -> None:
    with app.app_context():
        customer = make_customer(**facts)
        permit(customer.id, MarketingType.CONTACT, Channel.POST)
    assert json.loads(run(app, "--type", "contact", "--channel", "post", "--json")) == []


def test_who_has_no_contact_point_is_on_no_list(app: Flask) -> None:
    with app.app_context():
        customer = make_customer(phone=None, email="")
        with transaction():
            db.session.execute(delete(Billing).where(Billing.customer_id == customer.id))
        for channel in Channel:
            permit(customer.id, MarketingType.CONTACT, channel)
    for channel in Channel:
        assert json.loads(run(app, "--type", "contact", "--channel", channel.value, "--json")) == []


# What reads contact points, and why it is not a way to marketing. Whoever adds a module here says so too.
READS_CONTACT_POINTS = {
    "portal.permissions.holders": "the columns by name, for the rule",
    "portal.register.marketing_list": "the list itself",
    "portal.register.searching": "search at the desk",
    "portal.customer_accounts.activation_letters": "the address on a letter of one's own",
    "portal.customer_accounts.activation_requests": "where the link of one's own account goes",
    "portal.customer_accounts.activations": "whose address a link was sent to",
    "portal.customer_accounts.contact": "where one is told of a change of one's own contact details",
    "portal.subject_requests.answering": "the address on a letter of one's own",
    "portal.subject_requests.erasing": "where the answer to a request for erasure goes once the customer is gone",
    "portal.subject_requests.cases": "the mail about a case of one's own",
    "portal.subject_requests.opting_out": "whose contact an opt-out names",
    "portal.demo.accounts": "sign-ins of invented customers",
    "portal.demo.permissions": "marks of invented prohibitions",
}
CONTACT_COLUMNS = {("Customer", "phone"), ("Customer", "email"), ("Billing", "street")}
OF_A_CUSTOMER = {"customer", "billing", "row"}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "portal").rglob("*.py")):
        if "versions" not in path.parts:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def _reads_contact_points(tree: ast.Module) -> bool:
    """Whether a module of ours names the columns of contact points of a customer."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in CONTACT_COLUMNS:
                return True
            if node.value.id in OF_A_CUSTOMER and node.attr in {"phone", "email", "street"}:
                return True
    return False


def test_only_known_modules_read_contact_points() -> None:
    found = {name for name, tree in _modules() if _reads_contact_points(tree)}
    assert sorted(found - READS_CONTACT_POINTS.keys()) == [], "may this reach marketing? Say why not, above"
    assert sorted(READS_CONTACT_POINTS.keys() - found) == []


def test_the_list_is_made_by_one_function_and_asked_for_by_one_command() -> None:
    graph = grimp.build_graph("portal", cache_dir=None)
    assert graph.find_modules_that_directly_import("portal.register.marketing_list") == {"portal.register.commands"}
    makers = {
        (name, function.name)
        for name, tree in _modules()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.returns and "Contact]" in ast.unparse(function.returns)
    }
    assert makers == {
        ("portal.register.marketing_list", "marketing_list"),
        ("portal.register.marketing_list", "_contacts"),
    }
    askers = {
        name
        for name, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "allowed" and ast.unparse(node.value) == "permissions"
    }
    assert askers == {"portal.register.marketing_list"}


def test_marketings_pages_reach_no_module_that_holds_a_person(app: Flask) -> None:
    """However many imports lie between: what the role may open is figures (S14)."""
    with app.app_context():
        table = access_table()
        views = {name: app.view_functions[name] for name in table}
    opens = {name for name, access in table.items() if access in GRANTS[Role.MARKETING]}
    marketing = {views[name].__module__ for name in opens if table[name] is not Permission.ACCOUNT_OWN}
    assert marketing == {
        "portal.analytics.marketing_views",
        "portal.consents.marketing_views",
        "portal.permissions.marketing_views",
    }
    graph = grimp.build_graph("portal", cache_dir=None)
    reached: set[str] = set()
    for module in marketing:
        reached |= graph.find_upstream_modules(module)
    forbidden = ("portal.register", "portal.subject_requests", "portal.own_data", "portal.customer_accounts")
    assert sorted(name for name in reached if name.startswith(forbidden)) == []
    for services_module in (
        "portal.permissions.services",
        "portal.permissions.ledger",
        "portal.permissions.suppression",
    ):
        assert services_module not in reached


def test_a_refusal_between_two_lists_takes_the_person_off_the_second(app: Flask) -> None:
    with app.app_context():
        customer = make_customer(kind="legal")
    options = ("--type", "direct-advertising", "--channel", "post", "--json")
    assert len(json.loads(run(app, *options))) == 1
    with app.app_context():
        services.forbid_all(customer_id=customer.id, source=Source.CUSTOMER_CONTACT, actor=SYSTEM, now=clock.now())
    assert json.loads(run(app, *options)) == []
