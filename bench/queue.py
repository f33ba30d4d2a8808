"""Growth: the desk's queue of 10,000 requests with 5,000 open, against one of 100 with 50 open."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import insert, select
from werkzeug.test import Client

from bench.installation import OWN_FORM, get, installation, register_size
from bench.measuring import Figure, compare, milliseconds_each
from portal.accounts import directory, second_factor
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.roles import Role
from portal.demo.accounts import SIGN_INS
from portal.register.models import Customer
from portal.subject_requests import desk_queue
from portal.subject_requests.desk_queue import Filters
from portal.subject_requests.kinds import Channel, IdentityLevel, IdentityMethod, Kind, Place, Status
from portal.subject_requests.models import SubjectRequest, new_public_id

PATH = "/fi/desk/requests"
CUSTOMERS = register_size(100)
SMALL, LARGE = 100, 10_000
TIMES = 10
CLERK = next(one for one in SIGN_INS if one.role is Role.CLERK)
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
# half of them open; the status before comes first, as the database wants it
STATES = (
    (Status.RECEIVED, None),
    (Status.CLOSED, Status.ANSWERED),
    (Status.IN_REVIEW, Status.RECEIVED),
    (Status.CLOSED, Status.ANSWERED),
    (Status.DECIDED, Status.IN_REVIEW),
    (Status.WITHDRAWN, Status.RECEIVED),
)
KINDS = tuple(Kind)
CHANNELS = tuple(Channel)


def _fill(count: int) -> None:
    """`count` requests beside the few of the demo, so spread that every filter finds some; an eighth are late."""
    today = clock.local_date(clock.now())
    customers = db.session.scalars(select(Customer.id)).all()
    clerks = [None, *(member.account_id for member in directory.staff(Role.CLERK))]
    with transaction() as session:
        session.execute(
            insert(SubjectRequest),
            [_row(n, count, today, customers[n % len(customers)], clerks[n % len(clerks)]) for n in range(count)],
        )


def _row(number: int, count: int, today: date, customer_id: int, clerk: int | None) -> dict[str, Any]:
    status, before = STATES[number % len(STATES)]
    work_by = today + timedelta(days=number * 40 // count - 5)
    at = datetime.combine(work_by - timedelta(days=29), datetime.min.time(), clock.HELSINKI)
    is_over = status in (Status.CLOSED, Status.WITHDRAWN)
    return {
        "id": number + 1,
        "public_id": new_public_id(),
        "kind": KINDS[number % len(KINDS)],
        "status": status,
        "previous_status": before,
        "version": 1,
        "language": "fi",
        "customer_id": customer_id,
        "channel": CHANNELS[number % len(CHANNELS)],
        "received_on": at.date(),
        "received_at_place": Place.VERKKO,
        "recorded_at": at,
        "identity_method": IdentityMethod.PORTAL,
        "identity_level": IdentityLevel.PORTAL,
        "promise_on": work_by,
        "statutory_on": work_by + timedelta(days=1),
        "work_by": work_by,
        "holiday_table_version": "bench",
        "paused_days": 0,
        "assignee_account_id": clerk,
        "answered_at": at if status is Status.CLOSED else None,
        "ended_at": at if is_over else None,
    }


def _signed_in(app: Flask) -> Client:
    client = Client(app)
    _post(client, "/fi/sign-in", username=CLERK.username, password=CLERK.password)
    _post(client, "/fi/sign-in/code", code=second_factor.current_code(CLERK.totp_secret or "", clock.now()))
    return client


def _post(client: Client, path: str, **form: str) -> None:
    found = TOKEN.search(get(client, path))
    if found is None:
        raise RuntimeError(f"{path} has no token")
    with client.post(path, data={**form, "csrf_token": found[1].decode()}, headers=OWN_FORM) as response:
        if response.status_code != 303:
            raise RuntimeError(f"not signed in: {response.status}")


def _first_page(app: Flask) -> None:
    """What the queue asks the database for."""
    with app.app_context():
        today = clock.local_date(clock.now())
        desk_queue.queue(Filters(), page=1, today=today)
        desk_queue.counts_by_status()
        desk_queue.workload(account_id=1, today=today)
        db.session.remove()


def figures() -> Iterator[Figure]:
    with installation(CUSTOMERS) as small, installation(CUSTOMERS) as large:
        for made, count in ((small, SMALL), (large, LARGE)):
            with made.app.app_context():
                _fill(count)
                db.session.remove()
        clerk_of_small, clerk_of_large = _signed_in(small.app), _signed_in(large.app)
        yield compare(
            f"queue.page_{SMALL}_to_{LARGE}",
            "ms",
            subject=milliseconds_each(partial(get, clerk_of_large, PATH), TIMES),
            baseline=milliseconds_each(partial(get, clerk_of_small, PATH), TIMES),
            rounds=9,
        )
        yield compare(
            f"queue.database_{SMALL}_to_{LARGE}",
            "ms",
            subject=milliseconds_each(partial(_first_page, large.app), TIMES),
            baseline=milliseconds_each(partial(_first_page, small.app), TIMES),
            rounds=9,
        )
