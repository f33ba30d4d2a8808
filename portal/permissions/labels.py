"""The words of permissions."""

from flask_babel import lazy_gettext as _l

from portal.permissions.models import Channel, MarketingType, State

TYPES = {
    MarketingType.DIRECT_ADVERTISING: _l("Direct advertising"),
    MarketingType.DISTANCE_SELLING: _l("Distance selling"),
    MarketingType.OTHER_DIRECT_MARKETING: _l("Other direct marketing"),
    MarketingType.CONTACT: _l("Permission to contact"),
}
TYPE_NOTES = {
    MarketingType.DIRECT_ADVERTISING: _l("Advertisements sent or addressed to you."),
    MarketingType.DISTANCE_SELLING: _l("Selling to you by phone, post or message."),
    MarketingType.OTHER_DIRECT_MARKETING: _l("For example customer magazines, invitations and surveys that advertise."),
    MarketingType.CONTACT: _l("Contacting you about something you have asked us about, such as a quote."),
}
CHANNELS = {
    Channel.POST: _l("Post"),
    Channel.PHONE: _l("Phone"),
    Channel.EMAIL: _l("E-mail"),
    Channel.SMS: _l("Text message"),
}
STATES = {
    State.PERMISSION: _l("Permission"),
    State.PROHIBITION: _l("Prohibition"),
    State.NONE: _l("No choice"),
}
UNITS = {
    "customer": _l("you"),
    "customer-service": _l("customer service"),
    "register-matters": _l("register matters"),
    "marketing": _l("marketing"),
    "administration": _l("administration"),
    "system": _l("the system"),
    "visitor": _l("without signing in"),
}
