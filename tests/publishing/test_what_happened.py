"""From visitors on the site to what marketing reads: page, file and command say what happened, and nothing else."""

import csv
import io
import json
from collections.abc import Callable

from flask import Flask

from portal.analytics.commands import statistics as statistics_command
from portal.publishing.buffer import flush_all
from tests.pages import Pages

PERIOD = "from=2026-11-24&to=2026-11-24"


def visitors(app: Flask) -> None:
    """Eight accept, five of whom take it back; six refuse; seven look at two pages and choose nothing."""
    for number in range(21):
        someone = Pages(app)
        someone.get("/fi/", Sec_Fetch_Site="none")
        if number >= 14:
            someone.get("/fi/contact", Sec_Fetch_Site="same-origin")
            continue
        choice = "accept-all" if number < 8 else "necessary-only"
        someone.post("/fi/cookies", {"choice": choice, "surface": "banner", "next": "/fi/"})
        if number < 8:
            someone.get("/fi/services", Sec_Fetch_Site="same-origin")
        if number < 5:
            someone.post("/fi/cookies", {"choice": "necessary-only"})


def test_what_is_published_is_what_happened_in_page_file_and_command(app: Flask, sign_in: Callable[..., Pages]) -> None:
    visitors(app)
    with app.app_context():
        flush_all()
    run = app.test_cli_runner().invoke
    assert json.loads(run(statistics_command, ["publish", "--through", "2026-11-24", "--json"]).output) == {
        "published": 3,  # choices, page views, visits
        "folded": 0,
        "carried_over": 0,
    }
    happened = {
        "cookies": ["21", "14", "8", "6", "0", "7", "5"],
        "usage": ["36", "36", "0", "8", "0", "0"],
    }
    marketing = sign_in("marketing")
    for name, statistic in (("cookies", "consents"), ("usage", "usage")):
        page = marketing.get(f"/en/statistics/{name}?{PERIOD}")
        assert [(block.findtext("dd") or "").strip() for block in page.all("dl", class_="stats")[0]] == happened[name]
        rows = list(csv.reader(io.StringIO(marketing.get(f"/en/statistics/{name}.csv?{PERIOD}").html)))
        assert [row[3] for row in rows if row[0] == "Key figures" and "so far" not in row[1]] == happened[name]
        command = [statistic, "--from", "2026-11-24", "--to", "2026-11-24", "--json"]
        told = json.loads(run(statistics_command, command).output)
        assert [str(figure["count"]) for figure in told["figures"]] == happened[name]
        # row by row: the file, the page and the command
        listed = [row[3] for row in rows[1:] if row[0] != "Key figures"]
        assert [(cell.text or "").strip() for cell in page.all("td")] == listed
        of_command = [
            "–" if count is None else str(count)
            for table in told["tables"].values()
            for row in table
            for count in list(row.values())[1:]
        ]
        assert of_command == listed
        pictures = [figure.find(".//img") for figure in page.all("figure")]
        assert pictures
        for picture in pictures:
            assert picture is not None
            assert picture.get("alt")
            assert marketing.get(picture.get("src", "")).status == 200
        assert len(page.all("table")) == len(pictures)
