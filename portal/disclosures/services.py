"""Putting a disclosure on record: the only way that one is made, and never without the rule (L37)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.catalogues.recipients import Recipient
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import Forbidden, RuleViolation
from portal.core.once import made_before, once_key
from portal.disclosures import rules
from portal.disclosures.rules import DisclosureProblem, Receiving, Whose
from portal.register import recipients, restrictions, services
from portal.register.models import Disclosure, RecipientHolder
from portal.register.reading import records_of


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was given, to whom, when and why. `ground` is the law for authorities, else may be left out."""

    holder_id: int
    fields: Sequence[str]
    ground: str | None
    at: datetime
    once: str | None = None


def disclose(wanted: Wanted, *, customer_id: int, actor: Actor, now: datetime) -> Disclosure:
    """Put it on record with its audit event, which holds no value; the same `once` again is the same disclosure.

    Raises RuleViolation for what may not be given, NotFound, and Forbidden for one's own data.
    """
    if actor.customer_id == customer_id:
        raise Forbidden
    with transaction():
        serialise("audit")  # before the rows of the register, as every writer of it
        if before := made_before(Disclosure, wanted.once, customer_id):
            return before
        holder = recipients.holder_of(wanted.holder_id)
        to = receiving(holder)
        ground = rules.ground_of(to, wanted.ground)
        keys = rules.check(wanted.fields, to=to, whose=whose(customer_id), at=wanted.at, now=now)
        made = Disclosure(
            id=random_id(),
            customer_id=customer_id,
            recipient=holder.recipient,
            recipient_name=holder.name,
            holder_id=holder.id,
            legal_ground=ground,
            field_keys=" ".join(keys),
            disclosed_at=wanted.at,
            once_key=once_key(wanted.once, customer_id),
        )
        db.session.add(made)
        audit.record(
            AuditAction.DISCLOSURE_RECORDED,
            actor=actor,
            now=now,
            subject=customer_id,
            object=f"disclosure:{made.id}",
            purpose=holder.recipient.value,
        )
        return made


def receiving(holder: RecipientHolder) -> Receiving:
    return Receiving(
        recipient=holder.recipient,
        categories=holder.categories,
        legal_basis=holder.legal_basis,
        from_on=holder.from_on,
        until_on=holder.until_on,
    )


def whose(customer_id: int) -> Whose:
    """The facts of a customer that the rule looks at, as they are now; raises NotFound."""
    customer = services.customer_of(customer_id)
    blocked = restrictions.blocked_of(customer_id)
    held = {
        field.key
        for group in records_of(customer_id)
        for record in group.records
        for field in record.fields
        if field.value not in (None, "")
    }
    return Whose(
        kind=customer.kind,
        has_own_liabilities=customer.has_own_liabilities,
        is_protected=customer.is_protected,
        is_restricted=blocked.everything,
        held=frozenset(held),
        contested=frozenset(key for key, _record_id in blocked.places),
    )


def serving(recipient: Recipient, *, at: datetime, name: str | None = None) -> RecipientHolder:
    """Who serves in the role at that moment, by name where there are several.

    Raises RuleViolation when nobody does, or when the name leaves it open.
    """
    holders = recipients.in_force(local_date(at)).get(recipient, ())
    fitting = [holder for holder in holders if name is None or name in (holder.name, *holder.other_names.values())]
    if len(fitting) != 1:
        raise RuleViolation(DisclosureProblem.NAME_NEEDED if fitting else DisclosureProblem.NOT_IN_FORCE, field="day")
    return fitting[0]
