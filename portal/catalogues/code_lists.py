"""The code lists of the register: stored values with their words in each language (R30-R41)."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _l

from portal.config import LANGUAGES


class CodeList(StrEnum):
    CUSTOMER_KIND = "customer-kind"
    CUSTOMER_STATUS = "customer-status"
    LANGUAGE = "language"
    YES_NO = "yes-no"
    HOUSING = "housing"
    TENURE = "tenure"
    TIMING = "timing"
    HEATING = "heating"
    VOLTAGE = "voltage"
    PHASES = "phases"
    CONNECTION_STATUS = "connection-status"
    CONTRACT = "contract"
    DURATION = "duration"
    TARIFF = "tariff"
    BILLING_CYCLE = "billing-cycle"
    BILLING_METHOD = "billing-method"
    PAYMENT_STATE = "payment-state"
    CONSUMPTION_KIND = "consumption-kind"
    FEEDBACK_CHANNEL = "feedback-channel"
    FEEDBACK_CATEGORY = "feedback-category"
    FEEDBACK_STATUS = "feedback-status"
    CALL_DIRECTION = "call-direction"
    CALL_PURPOSE = "call-purpose"
    SURVEY = "survey"
    SERVICE_EVENT = "service-event"
    PRODUCT = "product"
    MARKETING_TYPE = "marketing-type"
    MARKETING_CHANNEL = "marketing-channel"
    PERMISSION_STATE = "permission-state"


WORDS: Mapping[CodeList, Mapping[str, LazyString]] = {
    CodeList.CUSTOMER_KIND: {"natural": _l("natural person"), "legal": _l("legal person")},
    CodeList.CUSTOMER_STATUS: {"customer": _l("customer"), "potential": _l("potential customer")},
    CodeList.LANGUAGE: {"fi": _l("Finnish"), "en": _l("English"), "sv": _l("Swedish")},
    CodeList.YES_NO: {"yes": _l("yes"), "no": _l("no")},
    CodeList.HOUSING: {
        "apartment-building": _l("apartment building"),
        "terraced-house": _l("terraced house"),
        "semi-detached-house": _l("semi-detached house"),
        "detached-house": _l("detached house"),
        "holiday-home": _l("holiday home"),
        "farm": _l("farm"),
        "other": _l("other"),
        "unknown": _l("unknown"),
    },
    CodeList.TENURE: {
        "owner": _l("owner"),
        "tenant": _l("tenant"),
        "right-of-occupancy": _l("right of occupancy"),
        "other": _l("other"),
    },
    CodeList.TIMING: {
        "year-round": _l("year-round"),
        "seasonal": _l("seasonal"),
        "day-night": _l("day and night"),
    },
    CodeList.HEATING: {
        "direct-electric": _l("direct electric heating"),
        "storage-electric": _l("storage electric heating"),
        "hydronic-electric": _l("hydronic electric heating"),
        "ground-source": _l("ground-source heat pump"),
        "air-to-water": _l("air-to-water heat pump"),
        "air-source": _l("air-source heat pump (supplementary)"),
        "exhaust-air": _l("exhaust air heat pump"),
        "district": _l("district heating"),
        "oil": _l("oil"),
        "wood": _l("wood or pellets"),
        "other": _l("other"),
        "unknown": _l("unknown"),
    },
    CodeList.VOLTAGE: {"low": _l("low voltage"), "medium": _l("medium voltage")},
    CodeList.PHASES: {"1": _l("single-phase"), "3": _l("three-phase")},
    CodeList.CONNECTION_STATUS: {
        "connected": _l("connected"),
        "disconnected": _l("disconnected"),
    },
    CodeList.CONTRACT: {
        "network": _l("network contract"),
        "connection": _l("connection contract"),
        "sales": _l("electricity sales contract"),
        "supply": _l("electricity supply contract"),
    },
    CodeList.DURATION: {"open-ended": _l("open-ended"), "fixed-term": _l("fixed-term")},
    CodeList.TARIFF: {
        "general": _l("general tariff"),
        "time-of-day": _l("time-of-day tariff"),
        "seasonal": _l("seasonal tariff"),
        "power-based": _l("power-based tariff"),
    },
    CodeList.BILLING_CYCLE: {
        "monthly": _l("monthly"),
        "two-monthly": _l("every two months"),
        "quarterly": _l("quarterly"),
    },
    CodeList.BILLING_METHOD: {
        "e-invoice": _l("e-invoice to the online bank"),
        "direct-payment": _l("direct payment"),
        "email": _l("e-mail invoice"),
        "paper": _l("paper invoice"),
        "business-e-invoice": _l("electronic invoice (business)"),
    },
    CodeList.PAYMENT_STATE: {
        "open": _l("open"),
        "paid": _l("paid"),
        "overdue": _l("overdue"),
        "reminded": _l("reminded"),
        "in-collection": _l("in collection"),
    },
    CodeList.CONSUMPTION_KIND: {"estimate": _l("estimate"), "measured": _l("measured")},
    CodeList.FEEDBACK_CHANNEL: {
        "web-form": _l("web form"),
        "phone": _l("phone"),
        "email": _l("e-mail"),
        "letter": _l("letter"),
        "visit": _l("visit in person"),
    },
    CodeList.FEEDBACK_CATEGORY: {
        "praise": _l("praise"),
        "outage": _l("power cut"),
        "invoice": _l("invoice"),
        "service": _l("customer service"),
        "connection": _l("connection"),
    },
    CodeList.FEEDBACK_STATUS: {"new": _l("new"), "answered": _l("answered")},
    CodeList.CALL_DIRECTION: {"incoming": _l("incoming"), "outgoing": _l("outgoing")},
    # Exactly these three uses are allowed (R62-R64).
    CodeList.CALL_PURPOSE: {
        "verifying-transactions": _l("verifying business transactions"),
        "complaints": _l("handling complaints"),
        "service-development": _l("developing customer service"),
    },
    CodeList.SURVEY: {
        "customer-service": _l("customer service survey"),
        "outage": _l("power cut survey"),
        "annual": _l("annual survey"),
    },
    CodeList.SERVICE_EVENT: {
        "outage-message": _l("power cut message ordered"),
        "consumption-report": _l("consumption report opened"),
        "moving-notice": _l("moving notice made"),
        "meter-reading": _l("meter reading sent"),
        "energy-advice": _l("energy advice given"),
    },
    CodeList.PRODUCT: {
        "main-fuse-change": _l("main fuse change"),
        "new-connection": _l("new connection"),
        "cable-location": _l("cable location"),
        "temporary-connection": _l("temporary connection"),
        "solar-connection": _l("connecting solar panels"),
    },
    CodeList.MARKETING_TYPE: {
        "direct-advertising": _l("direct advertising"),
        "distance-selling": _l("distance selling"),
        "other-direct-marketing": _l("other direct marketing"),
        "contact": _l("permission to contact"),
    },
    CodeList.MARKETING_CHANNEL: {
        "post": _l("post"),
        "phone": _l("phone"),
        "email": _l("e-mail"),
        "sms": _l("text message"),
    },
    CodeList.PERMISSION_STATE: {
        "permission": _l("permission"),
        "prohibition": _l("prohibition"),
        "none": _l("no choice"),
    },
}


def label(code_list: CodeList, code: str) -> LazyString | str:
    """The words of a code; a code that has left the list is shown as it is stored."""
    return WORDS[code_list].get(code, code)


def code_of(code_list: CodeList, text: str) -> str | None:
    """The code meant by a code or by its words in any language of the portal."""
    wanted = " ".join(text.split()).casefold()
    words = WORDS[code_list]
    if wanted in words:
        return wanted
    for language in LANGUAGES:
        with force_locale(language):
            for code, word in words.items():
                if str(word).casefold() == wanted:
                    return code
    return None
