"""The field catalogue is complete: it names every personal column and every fact of the register's data content."""

from portal.accounts import models as account_models
from portal.catalogues.code_lists import WORDS, CodeList
from portal.catalogues.fields import BY_CATEGORY, BY_KEY, CATEGORIES, FIELDS, Category, Check, Display
from portal.core.db import Model
from portal.permissions import models as permission_models
from portal.register import models as register_models

MODULES = (register_models, permission_models)

# Columns that say nothing about a person beyond the record they belong to.
TECHNICAL = {"id", "customer_id", "site_id", "source", "source_on", "updated_at"}
NOT_SHOWN_AS_FIELDS = {
    "current_permission.is_own_word": "told by the source and the unit in the history on my permissions",
    "customer.name_folded": "the name again, as searches compare it",
    "recorded_call.agent_reference": "about the employee, whose name a customer is not told (L17)",
}
# Tables that are shown in a place of their own, or hold no value of a person.
NOT_RECORDS = {
    "disclosure": "my data, section disclosures",
    "recipient_holder": "companies and authorities",
    "permission_event": "the history on my permissions and my consents",
    "suppression": "hashes of contact points",
    "field_provenance": "source of each field on my data",
    "register_change": "feed of corrections, encrypted",
    "register_conflict": "a value that a clerk is to compare, encrypted",
    "processing_restriction": "shown beside the field and on the request",
    "erasure": "that somebody was erased: keyed hash, counts and dates",
    "customer_opening": "who has looked: the audit trail shows it",
}


def _models() -> list[type[Model]]:
    found = [
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Model) and value is not Model
    ]
    return list(dict.fromkeys(found))


def test_every_personal_column_is_in_the_catalogue() -> None:
    named = {f"{CATEGORIES[spec.category].table}.{spec.attribute}" for spec in FIELDS}
    columns = {
        f"{model.__tablename__}.{column.name.removesuffix('_encrypted').removesuffix('_index')}"
        for model in _models()
        if model.__tablename__ not in NOT_RECORDS
        for column in model.__table__.columns
        if column.name not in TECHNICAL
    }
    assert columns - named - NOT_SHOWN_AS_FIELDS.keys() == set()


def test_every_field_of_the_catalogue_has_its_column() -> None:
    tables = {model.__tablename__: model for model in (*_models(), account_models.Account)}
    missing = [
        spec.key
        for spec in FIELDS
        if spec.attribute != "site_gsrn" and not hasattr(tables[CATEGORIES[spec.category].table], spec.attribute)
    ]
    assert missing == []


def test_every_fact_of_the_data_content_has_a_field() -> None:
    facts = {spec.fact for spec in FIELDS}
    assert {f"R{number}" for number in range(22, 52)} - facts == set()


def test_keys_are_unique_and_every_field_tells_why_where_from_and_how_long() -> None:
    assert len(BY_KEY) == len(FIELDS)
    for spec in FIELDS:
        assert spec.purposes and spec.legal_basis and spec.sources and spec.retention, spec.key


def test_every_category_has_fields_and_a_place() -> None:
    assert set(CATEGORIES) == set(Category)
    assert all(BY_CATEGORY[category] for category in Category)


def test_coded_fields_have_a_list_and_every_list_has_words() -> None:
    for spec in FIELDS:
        is_coded = spec.display in (Display.CODE, Display.YES_NO) or spec.check in (Check.CODE, Check.YES_NO)
        assert is_coded == (spec.code_list is not None), spec.key
    assert set(WORDS) == set(CodeList)


def test_identity_code_and_account_number_are_masked() -> None:
    assert [spec.key for spec in FIELDS if spec.is_masked] == ["identity_code", "iban"]
