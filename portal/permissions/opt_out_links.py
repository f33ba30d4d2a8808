"""The signed link that every marketing message carries (L34): whoever holds it may forbid, without signing in.

The token is the authorisation. It names no person: a row number that means nothing outside, the channel of the
message and the keyed hash by which the contact point is known, so that it works after an erasure too. It does not
expire, and a rotation of keys leaves it alone; a new PORTAL_SECRET_KEY ends it, and the page then offers the form.
"""

from dataclasses import dataclass

from portal.core.crypto import sign, unsign
from portal.core.db import row_id
from portal.core.settings import settings
from portal.permissions.models import Channel
from portal.permissions.suppression import contact_hash

PURPOSE = "opt-out"


@dataclass(frozen=True)
class OptOutLink:
    """Who was written to, and where; the customer may be erased by now."""

    customer_id: int
    channel: Channel
    contact_hash: str

    @property
    def token(self) -> str:
        return sign(PURPOSE, {"c": str(self.customer_id), "m": self.channel.value, "h": self.contact_hash})

    def url(self, language: str) -> str:
        """The address for the message, in its language."""
        return settings().page_address(language, f"opt-out/{self.token}")


def link_to(*, customer_id: int, channel: Channel, contact: str) -> OptOutLink:
    """The link for a message to one contact point, spelled as it is marked."""
    return OptOutLink(customer_id, channel, contact_hash(contact))


def link_of(token: str) -> OptOutLink | None:
    """What the token says; None when it is not one of ours."""
    match unsign(PURPOSE, token):
        case {"c": str(customer), "m": str(channel), "h": str(known)} if channel in set(Channel):
            customer_id = row_id(customer)
            return None if customer_id is None else OptOutLink(customer_id, Channel(channel), known)
    return None
