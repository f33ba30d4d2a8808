"""The words of permissions."""

from flask_babel import lazy_gettext as _l

from portal.permissions.models import Channel, Choice, MarketingType, State
from portal.permissions.rules import Reason

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
CHOICES = {
    Choice.ALLOW: _l("Allow"),
    Choice.FORBID: _l("Forbid"),
    Choice.WITHDRAW: _l("Remove my choice"),
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
NO_CONTACT_POINT = {
    Channel.POST: _l("We hold no postal address of yours."),
    Channel.PHONE: _l("We hold no phone number of yours."),
    Channel.EMAIL: _l("We hold no e-mail address of yours."),
    Channel.SMS: _l("We hold no phone number of yours."),
}
# What holds while nothing has been chosen, as the person reads it.
OWN_DEFAULTS = {
    Reason.ALLOWED_BY_LAW: _l("No choice: allowed by law until you forbid it"),
    Reason.ORGANISATION: _l("No choice: allowed by law until you forbid it"),
    Reason.PERMISSION_NEEDED: _l("No choice: not allowed without your permission"),
    Reason.POTENTIAL_CUSTOMER: _l("No choice: not allowed without your permission"),
}
OWN_DEFAULTS_WHY = {
    Reason.ALLOWED_BY_LAW: _l(
        "Allowed until you forbid it. The Act on Electronic Communications Services (917/2014, section 200) permits "
        "marketing by post and by a person who phones; forbidding it is free."
    ),
    Reason.ORGANISATION: _l(
        "Allowed until you forbid it. The Act on Electronic Communications Services (917/2014, section 202) permits "
        "marketing to organisations; forbidding it is free."
    ),
    Reason.PERMISSION_NEEDED: _l(
        "Not allowed without your permission. The Act on Electronic Communications Services (917/2014, section 200) "
        "requires one for e-mail and text messages."
    ),
    Reason.POTENTIAL_CUSTOMER: _l(
        "Not allowed without your permission. While you are not our customer, we keep and use only what you permitted."
    ),
}
OWN_OBSTACLES = {
    Reason.SUPPRESSED: _l(
        "This contact has been forbidden without signing in, or by somebody who shares it with you. "
        "Allow opens it again for you."
    ),
    Reason.CONTRACT_ENDED: _l("Your customer relationship has ended, so we do not market to you."),
    Reason.PROTECTED_ADDRESS: _l("Your address is protected, so we send no marketing by post."),
    Reason.RESTRICTED: _l("The use of your data is restricted because of a request of yours, so we do not market so."),
}
# The answer to a clerk who asks why, or why not. The first two are told with their date and source.
DESK_REASONS = {
    Reason.PERMISSION: _l("Permission given on %(day)s. Source: %(source)s."),
    Reason.PROHIBITION: _l("Forbidden on %(day)s. Source: %(source)s. Only the person can lift it, signed in."),
    Reason.ALLOWED_BY_LAW: _l(
        "No choice made. By law, marketing by post and by a person who phones is allowed until it is forbidden "
        "(917/2014, section 200)."
    ),
    Reason.ORGANISATION: _l(
        "No choice made. By law, an organisation may be contacted until it forbids that (917/2014, section 202)."
    ),
    Reason.SUPPRESSED: _l(
        "The contact point has been forbidden: by this person before, without signing in, or by somebody who shares "
        "it. Only the person can open it, signed in."
    ),
    Reason.PERMISSION_NEEDED: _l(
        "No permission given. By law, e-mail and text messages need one first (917/2014, section 200)."
    ),
    Reason.POTENTIAL_CUSTOMER: _l(
        "No permission given. A potential customer is contacted only as they have permitted."
    ),
    Reason.CONTRACT_ENDED: _l("The customer relationship has ended."),
    Reason.PROTECTED_ADDRESS: _l("The address is protected by a non-disclosure order."),
    Reason.RESTRICTED: _l("The data is contested or its use is restricted until a request has been decided."),
    Reason.NO_CONTACT_POINT: _l("There is no contact point for this channel in the register."),
}
