"""Masks, words and the text that corrections are compared by."""

from datetime import date

from flask import Flask

from portal.catalogues.fields import BY_KEY
from portal.register.labels import field_display, text_display
from portal.register.masking import masked_iban, masked_identity_code
from portal.register.postal_codes import is_mismatched
from portal.register.values import as_text, masked_text, parsed


def test_an_identity_code_shows_its_day_and_sign_only() -> None:
    assert masked_identity_code("280285-901N") == "280285-****"
    assert masked_identity_code("100190Y999P") == "100190Y****"


def test_an_account_number_shows_its_country_and_last_two_digits_only() -> None:
    assert masked_iban("FI9399999900000014") == "FI** **** **** **** 14"


def test_every_page_masks_identity_code_and_account_number(app: Flask) -> None:
    with app.test_request_context("/en/"):
        assert field_display(BY_KEY["identity_code"], "280285-901N") == "280285-****"
        assert field_display(BY_KEY["iban"], "FI9399999900000014") == "FI** **** **** **** 14"
    assert masked_text(BY_KEY["identity_code"], "280285-901N") == "280285-****"


def test_values_are_shown_in_the_language_of_the_page(app: Flask) -> None:
    with app.test_request_context("/en/"):
        assert field_display(BY_KEY["heating"], "ground-source") == "ground-source heat pump"
        assert field_display(BY_KEY["estimate_kwh"], 18000) == "18,000\N{NO-BREAK SPACE}kWh"
        assert field_display(BY_KEY["is_protected"], False) == "no"
        assert field_display(BY_KEY["email"], None) == "–"
        assert text_display(BY_KEY["contract_from"], "2026-11-24") == "24 November 2026"
        assert text_display(BY_KEY["estimate_kwh"], "21 450") == "21,450\N{NO-BREAK SPACE}kWh"
    with app.test_request_context("/fi/"):
        assert field_display(BY_KEY["phone"], "+3585885111") == "05\N{NO-BREAK SPACE}885\N{NO-BREAK SPACE}111"
        assert field_display(BY_KEY["contract_from"], date(2026, 11, 4)) == "4.11.2026"
        fuse = field_display(BY_KEY["main_fuse"], "3x25 A")
        assert fuse.replace("\N{NO-BREAK SPACE}", " ") == "3 × 25 A"


def test_a_code_is_understood_from_its_words(app: Flask) -> None:
    with app.test_request_context("/en/"):
        assert parsed(BY_KEY["heating"], "Ground-source heat pump", artificial=True) == "ground-source"
        assert parsed(BY_KEY["heating"], "ground-source", artificial=True) == "ground-source"
        assert parsed(BY_KEY["is_transferable"], "No", artificial=True) is False


def test_an_optional_field_may_be_emptied() -> None:
    assert parsed(BY_KEY["email"], "  ", artificial=True) is None


def test_each_value_has_one_text() -> None:
    assert [as_text(value) for value in (None, True, 5, date(2026, 1, 2), "x")] == ["", "yes", "5", "2026-01-02", "x"]


def test_a_post_office_that_is_not_the_codes_own_is_noticed() -> None:
    assert is_mismatched("45100", "Kotka")
    assert not is_mismatched("45100", "kouvola")
    assert not is_mismatched("00100", "Helsinki")
