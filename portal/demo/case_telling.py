"""One case of an invented customer, told step by step, and the ways in which requests come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.clock import local_date
from portal.demo.accounts import SIGN_INS
from portal.demo.diary import Act, Cast, Entry, at
from portal.register.models import MeteringSite
from portal.subject_requests import cases, deciding, handling, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.deciding import ItemDecision
from portal.subject_requests.handling import TaskReport
from portal.subject_requests.kinds import (
    Channel,
    DocumentType,
    IdentityFact,
    IdentityMethod,
    Kind,
    Outcome,
    Place,
    TaskOutcome,
)

A_WHILE = timedelta(minutes=20)
GRANTED = {0: ItemDecision(outcome=Outcome.GRANT)}
DONE = TaskReport(outcome=TaskOutcome.DONE, note="")
CHECKED_BY = {sign_in.username: sign_in.display_name for sign_in in SIGN_INS}


@dataclass
class Case:
    """One case of a customer, told step by step; its public id is known once it has been received.

    A step is never earlier than the one told before it, wherever working days and holidays put them.
    """

    cast: Cast
    index: int
    public_id: str = ""
    latest: datetime | None = None

    def asks(
        self, moment: datetime, kind: Kind, text: str, *, by: str, arrival: Callable[[date], Arrival] | None = None
    ) -> Entry:
        def submit(now: datetime) -> None:
            made = services.submit(
                kind,
                customer_id=self.cast.id(self.index),
                text=text,
                actor=self.cast.actor(by),
                now=now,
                arrival=_written_down(arrival, now, by=by),
            )
            self.public_id = made.public_id

        return self._entry(moment, submit)

    def corrects(
        self,
        moment: datetime,
        field: str,
        proposed: str,
        grounds: str,
        *,
        by: str,
        arrival: Callable[[date], Arrival] | None = None,
    ) -> Entry:
        def submit(now: datetime) -> None:
            made = services.submit_correction(
                customer_id=self.cast.id(self.index),
                items=[ProposedItem(field=field, value_seen=None, proposed=proposed)],
                grounds=grounds,
                actor=self.cast.actor(by),
                now=now,
                arrival=_written_down(arrival, now, by=by),
            )
            self.public_id = made.public_id

        return self._entry(moment, submit)

    def step(self, moment: datetime, do: Callable[..., object], *, by: str, **values: Any) -> Entry:
        """By somebody of the desk, who has opened the case, or by the customer."""

        def take(now: datetime) -> None:
            actor = self.cast.actor(by)
            if actor.role is not None and actor.role.is_staff:
                handling.open_case(public_id=self.public_id, actor=actor, now=now)
            do(public_id=self.public_id, actor=actor, now=now, **values)

        return self._entry(moment, take)

    def answered(self, on: date, *, by: str, decisions: dict[int, ItemDecision] | None = None) -> Iterator[Entry]:
        """Taken, decided and answered on one day."""
        yield self.step(at(on, 9, 5), handling.take, by=by)
        yield self.step(at(on, 9, 20), deciding.decide, by=by, decisions=decisions or GRANTED)
        yield self.step(at(on, 9, 40), handling.answer, by=by)

    def finishes(self, moment: datetime, *, by: str) -> Entry:
        """Whoever was to be told has been; where nobody was, the case is left to the worker."""

        def finish(now: datetime) -> None:
            actor = self.cast.actor(by)
            tasks = cases.tasks_of(cases.found(self.public_id, actor=actor))
            if tasks:
                handling.open_case(public_id=self.public_id, actor=actor, now=now)
                reports = dict.fromkeys(range(len(tasks)), DONE)
                handling.close(public_id=self.public_id, reports=reports, actor=actor, now=now)

        return self._entry(moment, finish)

    def of_home(self, field: str) -> str:
        """How a correction names a field of the first metering point."""
        return f"{field}:{self.cast.drawn[self.index].rows[MeteringSite][0]['id']}"

    def _entry(self, moment: datetime, act: Act) -> Entry:
        self.latest = max(moment, self.latest + A_WHILE) if self.latest else moment
        return self.latest, act


def _written_down(arrival: Callable[[date], Arrival] | None, now: datetime, *, by: str) -> Arrival | None:
    """As the clerk at the counter writes it down, who has seen the document."""
    if arrival is None:
        return None
    arrived = arrival(local_date(now))
    return replace(arrived, checked_by=CHECKED_BY[by]) if arrived.document_type else arrived


def by_visit(received_on: date) -> Arrival:
    return Arrival(
        channel=Channel.VISIT,
        received_on=received_on,
        place=Place.ENERGIA,
        identity_method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.IDENTITY_CARD,
    )


def by_letter(received_on: date) -> Arrival:
    return Arrival(channel=Channel.LETTER, received_on=received_on, place=Place.ENERGIA, is_signed=False)


def by_email(received_on: date) -> Arrival:
    return Arrival(channel=Channel.EMAIL, received_on=received_on, identity_method=IdentityMethod.CONTACT_CODE)


def by_unknown_phone(received_on: date) -> Arrival:
    return Arrival(channel=Channel.PHONE, received_on=received_on, place=Place.ENERGIA)


def by_phone(received_on: date) -> Arrival:
    return Arrival(
        channel=Channel.PHONE,
        received_on=received_on,
        place=Place.ENERGIA,
        identity_method=IdentityMethod.CONTACT_CODE,
        identity_facts=(IdentityFact.CUSTOMER_NUMBER, IdentityFact.LAST_INVOICE),
    )
