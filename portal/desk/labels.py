"""Words of the clerk's page of one customer."""

from portal.register.care.kinds import AddressPurpose
from portal.register.care.labels import ADDRESS_PURPOSES
from portal.register.labels import VIEW_PURPOSES
from portal.register.openings import ViewPurpose

_PURPOSES = {str(member): VIEW_PURPOSES[member] for member in ViewPurpose} | {
    str(member): ADDRESS_PURPOSES[member] for member in AddressPurpose
}


def view_purpose(purpose: str | None) -> str:
    """Why somebody looked; what has no words of its own was the handling of a request."""
    return str(_PURPOSES.get(purpose or "", VIEW_PURPOSES[ViewPurpose.CASE]))
