"""Words of the tables in the notice."""

from flask_babel import lazy_gettext as _l

from portal.catalogues.retention import RetentionRule

RETENTION_SUBJECTS = {
    RetentionRule.CUSTOMER_RELATIONSHIP: _l("Data of the customer, the site and the billing"),
    RetentionRule.METERING: _l("Consumption data"),
    RetentionRule.ACCOUNTING: _l("Invoices and payments"),
    RetentionRule.CONTACTS: _l("Feedback, satisfaction and use of services"),
    RetentionRule.RECORDINGS: _l("Recorded calls"),
    RetentionRule.PERMISSION: _l("Permissions and prohibitions of direct marketing"),
    RetentionRule.ACCOUNT: _l("Registration data of the digital account"),
}
