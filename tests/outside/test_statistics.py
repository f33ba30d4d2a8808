"""From visitors over HTTPS to what marketing reads: the figures are what happened, on page, in file and by command."""

import csv
import io
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from portal.core.clock import local_date, now
from tests.outside.people import People
from tests.outside.serving import Node, Portal, serving
from tests.ports import free_port

WRITTEN_WITHIN = 20  # seconds
ACCEPT, REFUSE, LEAVE = 9, 7, 8


@pytest.fixture(scope="module")
def counted(unused: Portal) -> Iterator[Node]:
    """A server of an installation that nobody else visits."""
    copy, port = unused.copied("counted"), free_port()
    portal = replace(copy, environment=copy.environment | {"PORTAL_BASE_URL": f"https://localhost:{port}"})
    with serving(portal, port) as node:
        yield node


def visitors(node: Node) -> None:
    """Some accept and look at another page, some refuse, some look at two pages and choose nothing."""
    for number in range(ACCEPT + REFUSE + LEAVE):
        visitor = node.browser()
        assert visitor.get("/fi/", Sec_Fetch_Site="none").status == 200
        if number < ACCEPT + REFUSE:
            choice = "accept-all" if number < ACCEPT else "necessary-only"
            visitor.post("/fi/cookies", {"choice": choice, "surface": "banner", "next": "/fi/"})
        if not ACCEPT <= number < ACCEPT + REFUSE:
            assert visitor.get("/fi/contact", Sec_Fetch_Site="same-origin").status == 200


def figures(portal: Portal, statistic: str, day: date) -> dict[str, int]:
    told = portal.json("statistics", statistic, "--from", day.isoformat(), "--to", day.isoformat())
    return {figure["key"]: figure["count"] or 0 for figure in told["figures"]}


def wait_for(portal: Portal, statement: str, wanted: int) -> None:
    deadline = time.monotonic() + WRITTEN_WITHIN
    while (found := portal.sql(statement)[0][0]) != wanted:
        assert time.monotonic() < deadline, f"{found} of {wanted} were written"
        time.sleep(0.05)


def test_what_marketing_reads_is_what_happened(counted: Node) -> None:
    portal, day = counted.portal, local_date(now())
    arrivals = ACCEPT + REFUSE + LEAVE
    views = arrivals + ACCEPT + LEAVE
    portal.sql("UPDATE consent_count SET published = count")  # the few choices of the demo's people are no part of it
    visitors(counted)
    wait_for(portal, "SELECT coalesce(sum(count), 0) FROM usage_open WHERE dimension = 'page'", views)
    wait_for(portal, "SELECT sum(count - published) FROM consent_count WHERE outcome = 'shown'", arrivals)
    portal.json("statistics", "publish", "--through", day.isoformat())
    told = {statistic: figures(portal, statistic, day) for statistic in ("consents", "usage")}
    assert told["consents"] | told["usage"] == {
        "shown": arrivals,
        "decided": ACCEPT + REFUSE,
        "accepted-all": ACCEPT,
        "necessary-only": REFUSE,
        "own-choice": 0,
        "ignored": LEAVE,
        "withdrawn": 0,
        "page-views": views,
        "language-fi": views,
        "language-en": 0,
        "visits": ACCEPT,
        "visits-second-page": 0,
        "visits-five-pages": 0,
    }
    marketing = People(portal, counted).of_demo("marketing").signed_in()
    for page, statistic in (("cookies", "consents"), ("usage", "usage")):
        answer = marketing.get(f"/fi/statistics/{page}.csv?from={day}&to={day}")
        assert answer.body.startswith(b"\xef\xbb\xbf"), "so that a spreadsheet reads it as UTF-8"
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
        listed = [row[3] for row in rows if row[0] == rows[1][0]][: len(told[statistic])]
        assert [0 if text == "–" else int(text) for text in listed] == list(told[statistic].values())
        shown = marketing.get(f"/fi/statistics/{page}?from={day}&to={day}").text
        assert all(f"<dd>{text}</dd>" in shown for text in listed)
