"""Looks for the field of docs/adding-a-field.md: `python -m tests.project.new_field`, in a tree that has it.

Prints where it is missing, a line each; nothing when all is well.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from portal.app import create_app
from portal.core import clock
from portal.register.services import customer_by_number
from tests.conftest import START, settings_for
from tests.factories import make_account, signed_in
from tests.own_data.reading import export, package, printed, shown_values, words_of
from tests.pages import Pages
from tests.register.importing.files import CODES, GSRN, customer, import_lines, import_path, site

KEY, LABEL, VALUE = "meter_number", "Mittarin numero", "7340 0291"


def main() -> None:
    clock.now = lambda: START
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = create_app(settings_for(folder))
        app.config.update(TESTING=True, ANALYTICS_THREAD=False)
        for fault in _missing(app, folder):
            print(fault)  # noqa: T201 - a script of its own


def _missing(app: Flask, folder: Path) -> Iterator[str]:
    with app.app_context():
        upgrade()
        line = customer(identity_code=CODES[0], sites=[site(**{KEY: VALUE})])
        if import_lines(folder, [line]).told():
            yield "import of JSON Lines"
        csv = folder / "customers.csv"
        csv.write_text(
            f"customer_number,kind,status,gsrn,{KEY}\n{line['customer_number']},natural,customer,{GSRN[0]},{VALUE} B\n"
        )
        told = import_path(csv)
        if (told.updated, told.told()) != (1, []):
            yield f"import of CSV: {told.counts} {told.told()}"
        account = make_account(customer_id=customer_by_number(line["customer_number"]).id)
    pages = signed_in(Pages(app), person=account)
    page = pages.get("/fi/my/data")
    if shown_values(page).get(KEY) != [f"{VALUE} B"] or LABEL not in page.text:
        yield "my data"
    (kept,) = export(pages)["categories"]["site"]
    if kept["fields"].get(KEY, {}).get("value") != f"{VALUE} B":
        yield "JSON copy"
    if not any(
        f"{VALUE} B".encode() in content and LABEL.encode() in content for content in package(pages, "fi").values()
    ):
        yield "CSV copy"
    if "Mittarinnumero" not in words_of(printed(pages, "fi")):
        yield "printed copy"
    form = pages.get(f"/fi/my/requests/new/correction?field={KEY}:{kept['record']}")
    if LABEL not in form.text or f"{VALUE} B" not in json.dumps(form.form_values()):
        yield "correction form"
    if LABEL not in pages.get("/fi/privacy-notice").text:
        yield "privacy notice"


if __name__ == "__main__":
    main()
