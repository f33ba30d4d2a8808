"""The form behind every switch of the permissions page."""

from wtforms import StringField

from portal.permissions.models import Channel, Choice, MarketingType
from portal.web.forms import PortalForm

FORBID_ALL = "forbid-all"


class ChoiceForm(PortalForm):
    """One line's choice, or `forbid-all` alone."""

    type = StringField()
    channel = StringField()
    choice = StringField()

    @property
    def forbids_all(self) -> bool:
        return bool(self.choice.data == FORBID_ALL)

    def line(self) -> tuple[MarketingType, Channel, Choice] | None:
        """What was chosen, or None when it names nothing we know."""
        try:
            return (
                MarketingType(self.type.data or ""),
                Channel(self.channel.data or ""),
                Choice(self.choice.data or ""),
            )
        except ValueError:
            return None
