"""Why data is used (R10-R14)."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Purpose(StrEnum):
    CUSTOMER_RELATIONSHIP = "customer-relationship"
    PRODUCTS_AND_SERVICES = "products-and-services"
    PAYMENTS = "payments"
    MARKETING = "marketing"
    BUSINESS_DEVELOPMENT = "business-development"


LABELS = {
    Purpose.CUSTOMER_RELATIONSHIP: _l("Caring for and developing the customer relationship"),
    Purpose.PRODUCTS_AND_SERVICES: _l("Offering and delivering products and services"),
    Purpose.PAYMENTS: _l("Payments, payment monitoring and debt collection"),
    Purpose.MARKETING: _l("Marketing and distance selling of the controller’s products and services"),
    Purpose.BUSINESS_DEVELOPMENT: _l("Developing the controller’s business and customer service"),
}
