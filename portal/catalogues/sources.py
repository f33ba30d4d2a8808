"""Where data comes from (R52-R68), and the portal's own two sources."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Source(StrEnum):
    QUOTE_REQUEST = "quote-request"
    ORDER = "order"
    CONTRACT = "contract"
    CUSTOMER_CONTACT = "customer-contact"
    SERVICE_USE = "service-use"
    COMPETITION = "competition"
    PRIZE_DRAW = "prize-draw"
    TELEPHONE_SALES = "telephone-sales"
    CALL_RECORDING = "call-recording"
    POPULATION_DATA = "population-data"
    ASIAKASTIETO = "asiakastieto"
    ADDRESS_SERVICE = "address-service"
    MARKET_DATA_EXCHANGE = "market-data-exchange"
    OWN_CHANGE = "own-change"  # changed by the customer in this portal
    CORRECTION = "correction"  # corrected by a request


LABELS = {
    Source.QUOTE_REQUEST: _l("Your request for a quote"),
    Source.ORDER: _l("Your order"),
    Source.CONTRACT: _l("Your contract"),
    Source.CUSTOMER_CONTACT: _l("Your other contact with us"),
    Source.SERVICE_USE: _l("Use of services or products"),
    Source.COMPETITION: _l("Competition"),
    Source.PRIZE_DRAW: _l("Prize draw"),
    Source.TELEPHONE_SALES: _l("Telephone sales"),
    Source.CALL_RECORDING: _l("Recorded contact"),
    Source.POPULATION_DATA: _l("Digital and Population Data Services Agency (formerly Population Register Centre)"),
    Source.ASIAKASTIETO: _l("Suomen Asiakastieto Oy"),
    Source.ADDRESS_SERVICE: _l("Another provider of address or updating services"),
    Source.MARKET_DATA_EXCHANGE: _l("Data exchange of the electricity market (Datahub)"),
    Source.OWN_CHANGE: _l("Changed by you in this service"),
    Source.CORRECTION: _l("Corrected at your request"),
}

# The same as staff read them, about somebody else.
LABELS_FOR_STAFF = {
    **LABELS,
    Source.QUOTE_REQUEST: _l("Request for a quote"),
    Source.ORDER: _l("Order"),
    Source.CONTRACT: _l("Contract"),
    Source.CUSTOMER_CONTACT: _l("Other contact with the customer"),
    Source.OWN_CHANGE: _l("Changed by the customer in this service"),
    Source.CORRECTION: _l("Corrected at the customer’s request"),
}
