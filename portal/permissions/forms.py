"""The form behind every button of the permissions page."""

from wtforms import StringField

from portal.permissions.models import Channel, Choice, MarketingType
from portal.web.forms import PortalForm

FORBID_ALL = "forbid-all"
UNDO = "undo"
TIMELINE = "timeline"


class ChoiceForm(PortalForm):
    """One line's choice, `forbid-all` alone, or `undo` with the act to be undone.

    `surface` tells of a button that stands elsewhere, on the page “My consents”.
    """

    type = StringField()
    channel = StringField()
    choice = StringField()
    act = StringField()
    surface = StringField()

    @property
    def forbids_all(self) -> bool:
        return bool(self.choice.data == FORBID_ALL)

    @property
    def is_on_timeline(self) -> bool:
        return bool(self.surface.data == TIMELINE)

    @property
    def undone_act(self) -> str | None:
        """The act to be undone; None when something else was chosen."""
        return self.act.data or "" if self.choice.data == UNDO else None

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
