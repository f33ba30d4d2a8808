"""Feedback, calls, surveys, use of services, orders and what was told with consent."""

from datetime import datetime, timedelta
from random import Random

from portal.catalogues import code_lists
from portal.catalogues.code_lists import CodeList
from portal.catalogues.sources import Source
from portal.core.clock import local_date
from portal.core.db import random_id
from portal.demo.drawing import Drawing
from portal.demo.words import CALL_TOPICS, FEEDBACK, OTHER_DATA
from portal.register.importing.columns import delete_on
from portal.register.models import (
    Feedback,
    MeteringSite,
    OtherDatum,
    Purchase,
    RecordedCall,
    Satisfaction,
    ServiceEvent,
)

REPLIED_AFTER = timedelta(days=4)
SHARE_OF_OTHER, SHARE_OF_BUYERS = 0.05, 0.4
# in euros, from and to
SOLAR = "solar-connection"
PRICES = {
    "main-fuse-change": (290, 640),
    "cable-location": (90, 140),
    "temporary-connection": (320, 560),
    SOLAR: (120, 260),
}
# A household has its cables located before it digs; a connection it has already.
ORDERED = ("cable-location", "cable-location", "main-fuse-change", "temporary-connection")
USES = ("outage-message", "consumption-report", "consumption-report", "energy-advice")


def draw_contacts(drawing: Drawing) -> None:
    for draw in (_draw_feedback, _draw_calls, _draw_surveys, _draw_service_events, _draw_purchases, _draw_other):
        draw(drawing)


def _draw_feedback(drawing: Drawing) -> None:
    for on in drawing.days(len(drawing.some(1))):
        remark = drawing.random.choice(FEEDBACK[drawing.spoken])
        is_answered = on + REPLIED_AFTER < drawing.yesterday
        drawing.add(
            Feedback,
            source=Source.CUSTOMER_CONTACT,
            on=on,
            channel=_code(drawing.random, CodeList.FEEDBACK_CHANNEL),
            category=remark.category,
            text=remark.text,
            received_on=on,
            status="answered" if is_answered else "new",
            reply=remark.reply if is_answered else None,
        )


def _draw_calls(drawing: Drawing) -> None:
    for _ in drawing.some(2):
        on = drawing.working_day()
        topic = drawing.random.choice(CALL_TOPICS)
        started_at = drawing.office_moment(on)
        drawing.add(
            RecordedCall,
            source=Source.CALL_RECORDING,
            on=on,
            updated_at=started_at + timedelta(hours=1),
            started_at=started_at,
            length_seconds=drawing.random.randint(40, 900),
            direction=topic.direction,
            topic=topic.words[drawing.spoken],
            agent_reference=f"A{drawing.random.randint(1, 12):02d}",
            is_customer_told=True,
            purpose=topic.purpose,
            delete_on=delete_on(started_at),
        )


def recorded_call(
    customer_id: int, started_at: datetime, *, purpose: str, topic: str, direction: str = "incoming"
) -> RecordedCall:
    """The recording of a call that a story tells of; its length and its agent follow from its minute."""
    day, minutes = local_date(started_at), int(started_at.timestamp()) // 60
    return RecordedCall(
        id=random_id(),
        customer_id=customer_id,
        source=Source.CALL_RECORDING,
        source_on=day,
        updated_at=started_at + timedelta(hours=1),
        started_at=started_at,
        length_seconds=95 + minutes % 487,
        direction=direction,
        topic=topic,
        agent_reference=f"A{minutes % 11 + 1:02d}",
        is_customer_told=True,
        purpose=purpose,
        delete_on=delete_on(started_at),
    )


def _draw_surveys(drawing: Drawing) -> None:
    for _ in drawing.some(1):
        on = drawing.day()
        drawing.add(
            Satisfaction,
            source=Source.CUSTOMER_CONTACT,
            on=on,
            survey=_code(drawing.random, CodeList.SURVEY),
            score=drawing.random.choices((1, 2, 3, 4, 5), weights=(3, 6, 15, 40, 36))[0],
            answered_on=on,
        )


def _draw_service_events(drawing: Drawing) -> None:
    """Who has just come told of the move; after that people look at their consumption and order messages."""
    has_just_come = drawing.first_day == drawing.customer.source_on
    for place, on in enumerate([drawing.first_day] * has_just_come + drawing.days(len(drawing.some(3)))):
        at = drawing.moment(on)
        drawing.add(
            ServiceEvent,
            source=Source.SERVICE_USE,
            on=on,
            updated_at=at,
            event="moving-notice" if has_just_come and place == 0 else drawing.random.choice(USES),
            happened_at=at,
        )


def _draw_purchases(drawing: Drawing) -> None:
    """Of those who decide about a house: flats and tenants have nothing of the kind to order."""
    home = drawing.rows[MeteringSite][0]
    if home["tenure"] != "owner" or home["housing"] == "apartment-building":
        return
    if drawing.index == 0 or drawing.random.random() < SHARE_OF_BUYERS:
        on = drawing.day()
        product = drawing.random.choice(ORDERED) if drawing.index else ORDERED[0]
        product = SOLAR if home["has_generation"] else product
        low, high = PRICES[product]
        drawing.add(
            Purchase,
            source=Source.ORDER,
            on=on,
            product=product,
            ordered_on=on,
            price_cents=drawing.random.randrange(low, high, 10) * 100,
        )


def _draw_other(drawing: Drawing) -> None:
    if drawing.index and (drawing.whose.kind == "legal" or drawing.random.random() >= SHARE_OF_OTHER):
        return
    told = OTHER_DATA[0] if drawing.index == 0 else drawing.random.choice(OTHER_DATA)
    drawing.add(
        OtherDatum,
        source=Source.CUSTOMER_CONTACT,
        on=drawing.day(),
        subject=told.subject[drawing.spoken],
        value=told.value[drawing.spoken],
        consent_reference=f"S-{drawing.index:06d}",
    )


def _code(random: Random, code_list: CodeList) -> str:
    return random.choice(tuple(code_lists.WORDS[code_list]))
