"""The desk's pages on serving one customer, and the list of all paper."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from portal.core import clock
from portal.core.clock import HELSINKI, local_date
from portal.core.roles import Permission
from portal.register.asking import ask_purpose, on_open_customer
from portal.register.care import address_protection, contact_log, labels, mandates, manual_material
from portal.register.care.forms import (
    AddressForm,
    ContactForm,
    DestroyedForm,
    LiftingForm,
    MandateEndForm,
    MandateForm,
    PaperFilterForm,
    PaperForm,
    ProtectionForm,
)
from portal.register.care.models import ContactEntry
from portal.register.labels import field_display
from portal.register.models import Customer, CustomerOpening
from portal.web.access import requires
from portal.web.forms import PortalForm, page
from portal.web.locale import localized_blueprint
from portal.web.paging import PAGE_SIZE, asked_page

views = localized_blueprint("desk_care", __name__)
paper_views = localized_blueprint("desk_papers", __name__)

OF_CUSTOMER = "/desk/customers/<number>"


def _to_customer(customer: Customer, anchor: str, words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("desk_customer.show", number=customer.number, _anchor=anchor), 303)


def _accepted(form: PortalForm, act: Callable[[], object]) -> bool:
    """Whether the form was sent, is whole, and the service took it."""
    return bool(form.validate_on_submit() and form.accept(act) is not None)


# --- Who may speak for the customer


@views.route(f"{OF_CUSTOMER}/mandates")
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def mandate_list(customer: Customer, _opening: CustomerOpening) -> ResponseReturnValue:
    return page(
        "care/mandates.html",
        customer=customer,
        mandates=mandates.of_customer(customer.id),
        held=mandates.held_by(customer.id),
        today=local_date(clock.now()),
        words=labels,
    )


@views.route(f"{OF_CUSTOMER}/mandates/new", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def new_mandate(customer: Customer, _opening: CustomerOpening) -> ResponseReturnValue:
    now = clock.now()
    form = MandateForm(valid_from=local_date(now), checked_on=local_date(now), checked_by=current_user.display_name)
    if _accepted(
        form,
        lambda: mandates.record(customer_id=customer.id, told=form.told, actor=current_user.actor, now=now),
    ):
        return _to_customer(customer, "mandates", _("The mandate has been recorded."))
    return page("care/mandate_new.html", form=form, customer=customer)


@views.route(f"{OF_CUSTOMER}/mandates/<int:mandate_id>/end", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def end_mandate(customer: Customer, _opening: CustomerOpening, mandate_id: int) -> ResponseReturnValue:
    now = clock.now()
    mandate = mandates.one(mandate_id, customer_id=customer.id)
    form = MandateEndForm(ended_on=local_date(now))
    if _accepted(
        form,
        lambda: mandates.end(
            mandate_id=mandate_id,
            customer_id=customer.id,
            ended_on=form.ended_on.data,
            reason=form.end_reason,
            actor=current_user.actor,
            now=now,
        ),
    ):
        return _to_customer(customer, "mandates", _("The mandate has been ended."))
    return page("care/mandate_end.html", form=form, customer=customer, mandate=mandate, words=labels)


# --- Contacts


@views.route(f"{OF_CUSTOMER}/contacts", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def contacts(customer: Customer, opening: CustomerOpening) -> ResponseReturnValue:
    now = clock.now()
    local = now.astimezone(HELSINKI)
    form = ContactForm(happened_on=local.date(), happened_time=local.time(), case=opening.case, direction="incoming")
    if _accepted(
        form,
        lambda: contact_log.add(customer_id=customer.id, told=form.told(), actor=current_user.actor, now=now),
    ):
        return _to_customer(customer, "contacts", _("The contact has been recorded."))
    asked = asked_page(contact_log.count(customer.id))
    entries = contact_log.of_customer(customer.id, limit=PAGE_SIZE, offset=asked.offset)
    return page(
        "care/contacts.html",
        form=form,
        customer=customer,
        entries=entries,
        corrected=contact_log.corrected_among(entries),
        asked=asked,
        words=labels,
    )


@views.route(f"{OF_CUSTOMER}/contacts/<int:entry_id>/correct", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def correct_contact(customer: Customer, _opening: CustomerOpening, entry_id: int) -> ResponseReturnValue:
    now = clock.now()
    entry = contact_log.one(entry_id, customer_id=customer.id)
    form = ContactForm(data=_as_typed(entry))
    if _accepted(
        form,
        lambda: contact_log.add(
            customer_id=customer.id, told=form.told(corrects=entry_id), actor=current_user.actor, now=now
        ),
    ):
        flash(_("The correction has been recorded. The earlier entry stays beside it."))
        return redirect(url_for(".contacts", number=customer.number), 303)
    return page("care/contact_correct.html", form=form, customer=customer, entry=entry, words=labels)


def _as_typed(entry: ContactEntry) -> dict[str, object]:
    local = entry.happened_at.astimezone(HELSINKI)
    return {
        "channel": entry.channel.value,
        "direction": entry.direction.value,
        "topic": entry.topic.value,
        "note": entry.note,
        "happened_on": local.date(),
        "happened_time": local.time(),
        "case": entry.case,
        "is_recorded": entry.is_recorded,
    }


# --- Paper


@views.route(f"{OF_CUSTOMER}/manual-material", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def papers(customer: Customer, _opening: CustomerOpening) -> ResponseReturnValue:
    now = clock.now()
    form = PaperForm(kept_since=local_date(now))
    if _accepted(
        form,
        lambda: manual_material.record(customer_id=customer.id, told=form.told, actor=current_user.actor, now=now),
    ):
        return _to_customer(customer, "papers", _("The place of the paper has been recorded."))
    return page(
        "care/papers.html",
        form=form,
        customer=customer,
        papers=manual_material.of_customer(customer.id),
        rooms=manual_material.rooms(),
        words=labels,
    )


@views.route(f"{OF_CUSTOMER}/manual-material/<int:paper_id>/destroyed", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def paper_destroyed(customer: Customer, _opening: CustomerOpening, paper_id: int) -> ResponseReturnValue:
    now = clock.now()
    paper = manual_material.one(paper_id, customer_id=customer.id)
    form = DestroyedForm(destroyed_on=local_date(now))
    if _accepted(
        form,
        lambda: manual_material.destroyed(
            paper_id=paper_id,
            customer_id=customer.id,
            destroyed_on=form.destroyed_on.data,
            actor=current_user.actor,
            now=now,
        ),
    ):
        return _to_customer(customer, "papers", _("It has been recorded that the paper was destroyed."))
    return page("care/paper_destroyed.html", form=form, customer=customer, paper=paper, words=labels)


@paper_views.route("/desk/manual-material")
@requires(Permission.CUSTOMERS_OPEN)
def index() -> ResponseReturnValue:
    filters = PaperFilterForm(request.args)
    rooms = manual_material.rooms()
    filters.room.choices = [SelectChoice("", _("Every room")), *(SelectChoice(room, room) for room in rooms)]
    room, with_destroyed = filters.room.data or "", bool(filters.destroyed.data)
    asked = asked_page(manual_material.listed_count(room=room, with_destroyed=with_destroyed))
    lines = manual_material.listed(room=room, with_destroyed=with_destroyed, limit=PAGE_SIZE, offset=asked.offset)
    return page(
        "care/all_papers.html",
        filters=filters,
        is_filtered=bool(room or with_destroyed),
        lines=lines,
        asked=asked,
        words=labels,
    )


# --- A protected address


@views.route(f"{OF_CUSTOMER}/address", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def address(customer: Customer, opening: CustomerOpening) -> ResponseReturnValue:
    """A protected address: what it is needed for is told first, then it is shown for a short while."""
    if not customer.is_protected:
        return redirect(url_for("desk_customer.show", number=customer.number, _anchor="contact"), 303)
    form, actor, now = AddressForm(), current_user.actor, clock.now()
    if form.validate_on_submit():
        if not address_protection.ask(number=customer.number, purpose=form.address_purpose, actor=actor, now=now):
            return ask_purpose(customer.number)
        return redirect(url_for(".address", number=customer.number), 303)
    shown = None
    if request.method == "GET":
        shown = address_protection.shown(customer=customer, opening=opening, actor=actor, now=now)
    return page(
        "care/address.html",
        form=form,
        customer=customer,
        shown=shown,
        field_display=field_display,
        words=labels,
    )


@views.route(f"{OF_CUSTOMER}/address-protection", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_OPEN)
@on_open_customer()
def protection(customer: Customer, _opening: CustomerOpening) -> ResponseReturnValue:
    is_lifting = request.form.get("lifts") == "yes" if request.method == "POST" else customer.is_protected
    form = LiftingForm() if is_lifting else ProtectionForm()
    if form.validate_on_submit():
        address_protection.change(
            customer=customer, reason=form.protection_reason, actor=current_user.actor, now=clock.now()
        )
        return _to_customer(customer, "contact", str(form.done))
    return page("care/protection.html", form=form, customer=customer, origin=address_protection.origin_of(customer))
