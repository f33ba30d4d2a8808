"""With which arguments the demo register was loaded."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from portal.core.db import Model, RowId


class DemoLoad(Model):
    """The one row that tells an invented register from a real one."""

    __tablename__ = "demo_load"

    id: Mapped[RowId]
    customers: Mapped[int]
    random_seed: Mapped[int]
    today: Mapped[date]
    loaded_at: Mapped[datetime]
