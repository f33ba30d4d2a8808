"""The settings of the running application, for code that is not handed them."""

from typing import cast

from flask import current_app

from portal.config import Settings

EXTENSION = "portal.settings"


def settings() -> Settings:
    return cast(Settings, current_app.extensions[EXTENSION])
