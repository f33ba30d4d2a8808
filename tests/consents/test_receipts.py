"""Checking a receipt by its codes."""

import json
from datetime import timedelta

import pytest
from flask import Flask

from tests.conftest import FrozenClock
from tests.pages import Pages


def receipt_of(app: Flask) -> tuple[str, str]:
    """The two codes of a choice that some other browser made."""
    other = Pages(app)
    other.post("/fi/cookies", {"choice": "save", "marketing": "on"})
    told = json.loads(other.get("/fi/cookies/receipt.json").html)
    return told["record_id"], told["check_code"]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_anyone_can_check_that_two_codes_belong_together(client: Pages, app: Flask, language: str) -> None:
    record, code = receipt_of(app)
    page = client.submit(f"/{language}/cookies/receipt", {"record": record, "code": code})
    assert page.status == 303
    assert code not in page.location
    shown = client.follow(page)
    assert record in shown.text
    assert code in shown.text
    assert not client.cookies()


def test_codes_may_be_typed_without_dashes_and_in_small_letters(client: Pages, app: Flask) -> None:
    record, code = receipt_of(app)
    typed = {"record": record.replace("-", "").lower(), "code": f" {code.replace('-', ' ').lower()} "}
    assert client.submit("/en/cookies/receipt", typed).status == 303


def test_a_checked_receipt_shows_what_the_receipt_shows_and_no_way_to_change_it(client: Pages, app: Flask) -> None:
    record, code = receipt_of(app)
    shown = client.follow(client.submit("/en/cookies/receipt", {"record": record, "code": code}))
    assert "The record code and the check code belong together." in shown.text
    assert "24 November 2026, 10:00:00" in shown.text
    assert "/en/cookies/receipt.json" not in shown.links()
    assert "Change or withdraw" not in shown.text


@pytest.mark.parametrize("wrong", ["record", "code", "both"])
def test_codes_that_do_not_fit_are_told_the_same_way(client: Pages, app: Flask, wrong: str) -> None:
    record, code = receipt_of(app)
    other = {"record": "AAAA-BBBB-CCCC-DDDD-EEEE", "code": "0000-0000-0000"}
    right = {"record": record, "code": code}
    page = client.submit("/en/cookies/receipt", {k: other[k] if wrong in (k, "both") else right[k] for k in right})
    assert page.status == 422
    assert "These two codes do not belong to any choice on our record." in page.text
    assert "What was chosen" not in page.text


@pytest.mark.parametrize(
    "data", [{}, {"record": "x"}, {"record": "x" * 10_000, "code": "ä"}, {"record": "–", "code": "–"}]
)
def test_what_is_no_code_is_answered_in_words(client: Pages, data: dict[str, object]) -> None:
    assert client.post("/en/cookies/receipt", data).status == 422


def test_the_answer_can_be_read_for_ten_minutes_and_not_forged(
    client: Pages, app: Flask, frozen_clock: FrozenClock
) -> None:
    record, code = receipt_of(app)
    answer = client.submit("/en/cookies/receipt", {"record": record, "code": code}).location
    frozen_clock.advance(timedelta(minutes=9))
    assert "belong together" in client.get(answer).text
    frozen_clock.advance(timedelta(minutes=2))
    for address in (answer, "/en/cookies/receipt?checked=forged", "/en/cookies/receipt?checked=a.b.c"):
        assert "belong together" not in client.get(address).text


def test_checking_from_another_site_is_refused(client: Pages, app: Flask) -> None:
    record, code = receipt_of(app)
    page = client.post("/en/cookies/receipt", {"record": record, "code": code}, Sec_Fetch_Site="cross-site")
    assert page.status == 403


def test_the_file_has_exactly_the_agreed_keys(client: Pages) -> None:
    client.post("/en/cookies", {"choice": "accept-all"})
    told = json.loads(client.get("/en/cookies/receipt.json").html)
    assert list(told) == [
        "schema", "record_id", "check_code", "controller", "privacy_notice", "purposes", "given_at", "expires_at",
        "method", "withdraw_url", "rights", "authority",
    ]  # fmt: skip
    assert set(told["privacy_notice"]) == {"version", "url", "language"}
    assert len(told["purposes"]) >= 3
    for purpose in told["purposes"]:
        assert set(purpose) == {"id", "name", "state", "legal_basis", "retention", "recipients"}


def test_the_notice_in_the_file_is_in_the_language_in_which_the_choice_was_made(client: Pages) -> None:
    client.post("/fi/cookies", {"choice": "accept-all"})
    told = json.loads(client.get("/en/cookies/receipt.json").html)["privacy_notice"]
    assert (told["language"], told["url"]) == ("fi", "http://localhost:8000/fi/privacy-notice/versions/1.1")


def test_the_check_code_changes_with_the_choice(client: Pages, frozen_clock: FrozenClock) -> None:
    client.post("/en/cookies", {"choice": "accept-all"})
    first = json.loads(client.get("/en/cookies/receipt.json").html)
    frozen_clock.advance(timedelta(minutes=1))
    client.post("/en/cookies", {"choice": "necessary-only"})
    second = json.loads(client.get("/en/cookies/receipt.json").html)
    assert first["record_id"] != second["record_id"]
    assert first["check_code"] != second["check_code"]
