"""Papers are written whatever a person wrote: no sign becomes an empty box, and none keeps a letter back."""

import pytest

from portal.core import typesetting
from tests.subject_requests.test_paper_forms import words

FORM = {
    "language": "fi",
    "title": "Otsikko",
    "made_by": "Lähettäjä",
    "to_label": "Kenelle",
    "to": [],
    "phone": "",
    "page": "Sivu",
    "fields": [],
    "foot": "",
}


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Kiitos 😀 avusta", "Kiitos avusta"),
        ("Kiitos 😀!", "Kiitos!"),
        ("👍🏽 Hyvä ❤️", "Hyvä"),
        ("Perhe 👨‍👩‍👧 ja lippu 🇫🇮.", "Perhe ja lippu."),
        ("Nimi 山田 太郎 😀", "Nimi […] […]"),
        ("ไทย", "[…]"),
        ("😀", "[…]"),
        ("A\u0308iti 😀 ½ € → ✓", "Äiti ½ € → ✓"),
        ("Жанна Ωmega Åsa Šárka", "Жанна Ωmega Åsa Šárka"),
        ("Tuntematon \u0378 merkki", "Tuntematon merkki"),
    ],
)
def test_pictures_are_left_out_and_other_scripts_marked(written: str, printed: str) -> None:
    text = words(typesetting.pdf("form", {**FORM, "intro": written}))
    assert f"Otsikko {printed} Lähettäjä" in text


def test_every_sign_that_counts_as_printable_is_in_the_fonts() -> None:
    signs = "".join(sign for sign in map(chr, range(0x20, 0xFFFF)) if typesetting.is_in_font(sign))
    assert len(signs) > 2_500
    typesetting.pdf("form", {**FORM, "intro": signs})
    assert typesetting.printable(signs) == signs
