"""The correction form as it is sent: fields come and go, and nothing typed is lost."""

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.subject_requests.customer_forms import TypedItem, renumbered, typed_items

TEXTS = st.text(max_size=8)
ITEMS = st.lists(
    st.builds(TypedItem, field=st.text(min_size=1, max_size=8), current=TEXTS, proposed=TEXTS),
    max_size=6,
    unique_by=lambda item: item.field,
)


@given(ITEMS, TEXTS)
def test_what_is_renumbered_is_read_back_as_it_was(items: list[TypedItem], grounds: str) -> None:
    sent = renumbered(MultiDict({"grounds": grounds, "items-7-field": "old"}), items)
    assert typed_items(sent) == items
    assert sent["grounds"] == grounds
    assert {name.split("-")[1] for name in sent if name.startswith("items-")} == {str(n) for n in range(len(items))}


def test_numbers_may_be_missing_and_a_field_counts_once() -> None:
    sent = MultiDict(
        {
            "items-2-field": "name",
            "items-2-proposed": "Aino",
            "items-5-field": "name",
            "items-5-proposed": "Impi",
            "items-9-field": "iban",
        }
    )
    assert typed_items(sent) == [TypedItem("name", None, "Aino"), TypedItem("iban", None, "")]
