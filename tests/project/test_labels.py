"""Every stored code has its words: a member without them would be an error on a page."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from portal.accounts import labels as accounts
from portal.accounts import models as account_models
from portal.analytics import marketing_views as usage
from portal.analytics.visit_classes import Device, Referrer
from portal.catalogues import (
    code_lists,
    cookies,
    disclosure_laws,
    legal_bases,
    purposes,
    recipients,
    retention,
    sources,
    transfers,
)
from portal.catalogues.code_lists import CodeList
from portal.consents import labels as consents
from portal.consents import models as consent_models
from portal.core.audit import SYSTEM, VISITOR
from portal.customer_accounts import activation_labels
from portal.customer_accounts.activation_letters import LetterProblem
from portal.customer_accounts.activations import ActivationProblem
from portal.customer_accounts.facts import FactProblem
from portal.disclosures import labels as disclosures
from portal.disclosures.holders import HolderProblem
from portal.disclosures.rules import DisclosureProblem
from portal.own_data import labels as own_data
from portal.permissions import labels as permissions
from portal.permissions import marketing_views as permission_figures
from portal.permissions import models as permission_models
from portal.permissions import rules as permission_rules
from portal.register import forms as register_forms
from portal.register import labels as register
from portal.register.care import kinds as care_kinds
from portal.register.care import labels as care
from portal.register.importing.faults import ImportWarning
from portal.register.models import CustomerKind, CustomerStatus
from portal.register.openings import OpeningProblem, Part, ViewPurpose
from portal.register.searching import Found
from portal.register.validators import ValueProblem
from portal.subject_requests import desk_queue, guards, kinds, problem_labels, workflow
from portal.subject_requests import labels as requests

WORDS: list[tuple[type[StrEnum], Mapping[StrEnum, object]]] = [
    (Device, usage.DEVICES),
    (Referrer, usage.ARRIVALS),
    (cookies.Category, cookies.CATEGORY_LABELS),
    (cookies.Category, cookies.CATEGORY_PURPOSES),
    (legal_bases.LegalBasis, legal_bases.LABELS),
    (legal_bases.LegalBasis, legal_bases.ARTICLES),
    (purposes.Purpose, purposes.LABELS),
    (purposes.Purpose, legal_bases.OF_PURPOSE),
    (recipients.Recipient, recipients.LABELS),
    (recipients.Recipient, recipients.ROLES),
    (transfers.TransferGround, transfers.LABELS),
    (disclosure_laws.DisclosureLaw, disclosure_laws.LABELS),
    (HolderProblem, disclosures.HOLDER_PROBLEMS),
    (DisclosureProblem, disclosures.DISCLOSURE_PROBLEMS),
    (retention.RetentionRule, retention.RULES),
    (sources.Source, sources.LABELS),
    (sources.Source, sources.LABELS_FOR_STAFF),
    (CodeList, code_lists.WORDS),
    (CustomerKind, code_lists.WORDS[CodeList.CUSTOMER_KIND]),
    (CustomerStatus, code_lists.WORDS[CodeList.CUSTOMER_STATUS]),
    (permission_models.MarketingType, code_lists.WORDS[CodeList.MARKETING_TYPE]),
    (permission_models.Channel, code_lists.WORDS[CodeList.MARKETING_CHANNEL]),
    (permission_models.State, code_lists.WORDS[CodeList.PERMISSION_STATE]),
    (consent_models.Answer, consents.ANSWERS),
    (consent_models.Surface, consents.SURFACES),
    (consent_models.Method, consents.METHODS),
    (consent_models.Outcome, consents.OUTCOMES),
    (permission_models.MarketingType, permissions.TYPES),
    (permission_models.MarketingType, permissions.TYPE_NOTES),
    (permission_models.Channel, permissions.CHANNELS),
    (permission_models.State, permissions.STATES),
    (permission_models.Choice, permissions.CHOICES),
    (permission_models.Channel, permissions.NO_CONTACT_POINT),
    (permission_rules.Reason, permissions.DESK_REASONS),
    (permission_models.HolderKind, permission_figures.KINDS),
    (ValueProblem, register.VALUE_PROBLEMS),
    (ViewPurpose, register.VIEW_PURPOSES),
    (Part, register.PARTS_SEEN),
    (OpeningProblem, register_forms.OPENING_PROBLEMS),
    (Found, register.FOUND_BY),
    (ImportWarning, register.IMPORT_WARNINGS),
    (care_kinds.MandateKind, care.MANDATE_KINDS),
    (care_kinds.MandateScope, care.MANDATE_SCOPES),
    (care_kinds.Evidence, care.EVIDENCE),
    (care_kinds.MandateEnd, care.MANDATE_ENDS),
    (care_kinds.ContactChannel, care.CHANNELS),
    (care_kinds.ContactDirection, care.DIRECTIONS),
    (care_kinds.ContactDirection, care.DIRECTIONS_OWN),
    (care_kinds.ContactTopic, care.TOPICS),
    (care_kinds.PaperKind, care.PAPERS),
    (care_kinds.KeyHolder, care.KEY_HOLDERS),
    (care_kinds.AddressPurpose, care.ADDRESS_PURPOSES),
    (care_kinds.AddressPurpose, care.ADDRESS_VIEWINGS),
    (care_kinds.ProtectionReason, care.PROTECTION_REASONS),
    (care_kinds.CareProblem, care.CARE_PROBLEMS),
    (ActivationProblem, activation_labels.ACTIVATION_PROBLEMS),
    (FactProblem, activation_labels.FACT_PROBLEMS),
    (LetterProblem, activation_labels.LETTER_PROBLEMS),
    (kinds.Kind, requests.KINDS),
    (kinds.Kind, requests.KIND_NOTES),
    (kinds.Kind, kinds.NEEDED_LEVEL),
    (kinds.Status, requests.STATUSES),
    (kinds.Status, requests.STATUS_TONES),
    (kinds.Status, requests.STATUS_NOTES),
    (kinds.Channel, requests.CHANNELS),
    (kinds.Place, requests.PLACES),
    (kinds.IdentityMethod, requests.METHODS),
    (kinds.IdentityMethod, kinds.LEVEL_OF),
    (kinds.IdentityLevel, requests.NEEDED_IDENTITY),
    (kinds.DocumentType, requests.DOCUMENTS),
    (kinds.Outcome, requests.OUTCOMES),
    (kinds.Outcome, requests.OUTCOME_TONES),
    (kinds.Outcome, requests.OUTCOME_CHOICES),
    (kinds.Ground, requests.GROUNDS),
    (kinds.ExtensionReason, requests.EXTENSION_REASONS),
    (kinds.TaskOutcome, requests.TASK_OUTCOMES),
    (kinds.Sender, requests.SENDERS),
    (desk_queue.Due, requests.DUES),
    (desk_queue.Due, requests.DUE_TONES),
    (workflow.StepName, requests.STEPS),
    (guards.Problem, problem_labels.PROBLEMS),
    (ValueProblem, problem_labels.PROBLEMS),
]


@pytest.mark.parametrize(("codes", "words"), WORDS, ids=[codes.__name__ for codes, _ in WORDS])
def test_every_code_has_its_words(codes: type[StrEnum], words: Mapping[StrEnum, object]) -> None:
    assert [code.value for code in codes if code not in words] == []


UNITS = {
    "customer",
    "customer-service",
    "register-matters",
    "marketing",
    "administration",
    "system",
    "visitor",
}


def test_every_unit_has_its_words_for_each_reader() -> None:
    assert {*account_models.UNITS.values(), SYSTEM.unit, VISITOR.unit} == UNITS
    assert set(accounts.UNITS) == set(permissions.UNITS) == set(own_data.UNITS) == UNITS
