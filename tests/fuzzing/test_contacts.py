"""Somebody forbids marketing to a contact point in their own spelling: refused with words, or found under one form."""

import unicodedata
from typing import Literal

from hypothesis import assume, example, given
from hypothesis import strategies as st

from portal.core.errors import RuleViolation
from portal.permissions.models import Channel
from portal.subject_requests.opting_out import LONGEST_CONTACT, normal_contact

PIECES = st.sampled_from(
    ["a", "Ä", "ß", "İ", "@", ".", "example.com", "EXAMPLE.com", "+358", "0440001234", "044", "-", " ", "\t",
     "\u00a0", ",",
     "45100", "Kouvola", "Mallitie 1", "\0", "\ud800", "(", ")", "00358", "1", "\u202e", "tel:", ";ext=1"]
)  # fmt: skip
contacts = st.lists(PIECES, max_size=10).map("".join) | st.text(max_size=60)


def normal(contact: str) -> tuple[str, frozenset[Channel]] | None:
    try:
        return normal_contact(contact)
    except RuleViolation as refusal:
        assert refusal.field == "contact"
        return None


@given(contacts)
@example("x" * (LONGEST_CONTACT + 1))
@example(",tel:0440001234")
@example("tel:,0440001234")
@example("puh 044 45100 x")
def test_a_contact_is_refused_or_has_one_form_that_can_be_kept(contact: str) -> None:
    found = normal(contact)
    if found is None:
        return
    form, channels = found
    assert form.strip() == form != "" and channels
    form.encode("utf-8")
    assert "\0" not in form
    assert normal(form) == found


@given(
    st.integers(1, 400),
    st.sampled_from(["", " A", " A 4", " as 12"]),
    st.sampled_from(["45100", "00100", "45100 Kouvola"]),
)
def test_an_address_is_never_taken_for_a_phone_number(number: int, door: str, place: str) -> None:
    for between in (" ", ", "):
        found = normal(f"Mallitie {number}{door}{between}{place}")
        assert found == (f"Mallitie {number}{door} {place[:5]}", frozenset({Channel.POST}))


@given(contacts, st.sampled_from([" ", "\t", "\n", "\u00a0", "  "]))
def test_white_space_around_a_contact_changes_nothing(contact: str, space: str) -> None:
    assume(len(contact) < LONGEST_CONTACT - 10)
    assert normal(f"{space}{contact}{space}") == normal(contact)


@given(contacts, st.sampled_from(["NFC", "NFD"]))
def test_letters_with_marks_have_one_form_however_they_are_put_together(
    contact: str, form: Literal["NFC", "NFD"]
) -> None:
    assume(len(unicodedata.normalize("NFD", contact)) <= LONGEST_CONTACT)
    assert normal(unicodedata.normalize(form, contact)) == normal(unicodedata.normalize("NFC", contact))


@given(
    st.integers(0, 9_999_999),
    st.sampled_from(
        ["+358 44 {}", "044{}", "00358-44-{}", "(044) {}", "+35844{}", "044 {}  ", "puh. 044 {}", "tel:+35844{}"]
    ),
)
def test_a_number_has_one_form_however_it_is_written(number: int, pattern: str) -> None:
    written = pattern.format(f"{number:07d}")
    plain = normal(f"+35844{number:07d}")
    assert normal(written) == plain


@given(
    st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), st.sampled_from(["Example.Com", "EXAMPLE.COM", "example.com"])
)
def test_an_address_has_one_form_whatever_the_case_of_its_domain(name: str, domain: str) -> None:
    assert normal(f"{name}@{domain}") == (f"{name}@example.com", frozenset({Channel.EMAIL}))
