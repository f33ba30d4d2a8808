"""The person's own copy on paper: a tagged PDF (PDF/UA-1) with what article 15 wants told, and the data itself (L16).

It is made for one answer and kept nowhere.
"""

from collections.abc import Iterable, Iterator, Sequence

from flask_babel import gettext as _

from portal.catalogues import retention
from portal.catalogues.fields import BY_CATEGORY, CATEGORIES
from portal.catalogues.legal_bases import ARTICLES, OF_PURPOSE
from portal.catalogues.legal_bases import LABELS as LEGAL_BASES
from portal.catalogues.purposes import LABELS as PURPOSES
from portal.config import organisation
from portal.core import typesetting
from portal.disclosures import labels as disclosure_words
from portal.notices.outline import Block, Run
from portal.own_data import labels, tables
from portal.own_data.holdings import Holdings
from portal.own_data.tables import PAPER, Table
from portal.own_data.telling import Origin, Teller, ToldCategory, ToldRecord
from portal.register.labels import recipients_named
from portal.web import formatting
from portal.web.csv_files import Cell
from portal.web.locale import current_language


def pdf(held: Holdings, *, base: str) -> bytes:
    """In the page's language; `base` is the address of this service, printed where something can be done there."""
    made_at = formatting.moment(held.made_at)
    return typesetting.pdf(
        "copy",
        {
            "language": current_language(),
            "title": _("Copy of your data"),
            "lead": _(
                "This is everything that the customer register of %(company)s holds about you, and how it is "
                "processed (Article 15 of the General Data Protection Regulation).",
                company=organisation.register_company,
            ),
            "company": organisation.register_company,
            "made-at": made_at,
            "facts": [
                [_("Customer"), held.customer.name],
                [_("Customer number"), held.customer.number],
                [_("Copy made"), made_at],
            ],
            "caution": _(
                "This copy may hold your personal identity code and account number in full. Keep it where nobody "
                "else can read it."
            ),
            "words": {"contents": _("Contents"), "page": _("Page")},
            "blocks": [block.as_json() for block in _blocks(held, base)],
        },
    )


def _blocks(held: Holdings, base: str) -> Iterator[Block]:
    yield _heading(_("How your data is processed"), "h2")
    yield from _about_the_processing(held, base)
    yield _heading(_("Your data"), "h2")
    teller = Teller(recipients=recipients_named(held.recipients), is_in_full=True)
    for group in held.categories:
        yield from _category(teller.category(group))
    yield _heading(_("What you have chosen and asked for, and who has looked"), "h2")
    for table in [tables.viewings(held, PAPER), *tables.care(held, PAPER), *tables.doings(held, PAPER)]:
        yield _heading(table.title, "h3")
        yield _drawn(table)


def _about_the_processing(held: Holdings, base: str) -> Iterator[Block]:
    """Article 15(1) from a to h and 15(2), in the order of the law."""
    yield from _purposes()
    yield from _categories(held)
    yield from _recipients(held)
    yield from _retention()
    yield from _rights(base)
    yield from _complaint()
    yield from _sources(held)
    yield _heading(_("h) Automated decisions"), "h3")
    yield _paragraph(
        _(
            "No decision about you is made in this service based solely on automated processing. The controller has "
            "not yet told whether its other systems make such decisions, for example in credit checks."
        )
    )
    yield from _transfers(held)


def _transfers(held: Holdings) -> Iterator[Block]:
    """The recipients outside the EU and the EEA, with ground and safeguards (article 15(2))."""
    yield _heading(_("Transfers outside the EU and the EEA"), "h3")
    outside = [one for serving in held.recipients.values() for one in serving if one.is_outside_eea]
    if not outside:
        yield _paragraph(
            _(
                "Data may be transferred outside the EU and the EEA only on the grounds of Chapter V of the General "
                "Data Protection Regulation. No data is transferred from this service. The controller has not yet "
                "told of other transfers and their safeguards."
            )
        )
        return
    yield _paragraph(_("These recipients are outside the EU and the EEA:"))
    yield _table(
        [_("Recipient"), _("Country, ground and safeguards")],
        [[disclosure_words.name_of(one), disclosure_words.transfer(one)] for one in outside],
    )


def _purposes() -> Iterator[Block]:
    yield _heading(_("a) Purposes of the processing"), "h3")
    rows = [
        [
            str(label),
            "; ".join(
                _("%(basis)s (GDPR Article %(article)s)", basis=LEGAL_BASES[basis], article=ARTICLES[basis])
                for basis in OF_PURPOSE[purpose]
            ),
        ]
        for purpose, label in PURPOSES.items()
    ]
    yield _table([_("Purpose"), _("Legal basis")], rows)


def _categories(held: Holdings) -> Iterator[Block]:
    yield _heading(_("b) Categories of personal data"), "h3")
    rows = [
        [
            str(group.spec.label),
            ", ".join(str(spec.label) for spec in BY_CATEGORY[group.spec.category]),
            formatting.number(len(group.records)),
        ]
        for group in held.categories
    ]
    yield _table([_("Category of data"), _("What it may hold"), _("Records about you")], rows)


def _recipients(held: Holdings) -> Iterator[Block]:
    yield _heading(_("c) Recipients"), "h3")
    given = tables.disclosures(held, PAPER)
    if given.rows:
        yield _paragraph(_("Your data has been given to these recipients:"))
        yield _drawn(given)
    else:
        yield _paragraph(_("Your data has not been given to anybody outside."))
    yield _paragraph(_("Data may be given to these recipients:"))
    yield _list(recipients_named(held.recipients).values())


def _retention() -> Iterator[Block]:
    yield _heading(_("d) How long the data is kept"), "h3")
    rows = [
        [
            str(spec.label),
            str(retention.RULES[spec.retention].label),
            str(retention.RULES[spec.retention].law or _("Proposal, not in the original notice")),
        ]
        for spec in CATEGORIES.values()
    ]
    head = [_("Category of data"), _("Kept"), _("Where the period comes from")]
    yield _table(head, rows)
    yield _paragraph(_("Where the last day is known already, it stands beside the data below."))


def _rights(base: str) -> Iterator[Block]:
    yield _heading(_("e) Your rights"), "h3")
    yield _list(
        [
            _("You may ask for the correction of what is wrong and the completion of what is missing (Article 16)."),
            _("You may ask for the erasure of your data (Article 17)."),
            _("You may ask for the restriction of processing (Article 18)."),
            _("You may take the data that you have given to another service (Article 20)."),
            _(
                "You may object to processing that rests on legitimate interests, and forbid direct marketing at any "
                "time (Article 21)."
            ),
            _("You may withdraw a consent at any time (Article 7(3))."),
        ]
    )
    yield _paragraph(
        _(
            "You can do all this in this service, %(address)s, or by writing to %(company)s, %(street)s, "
            "%(postal_code)s %(city)s, or to %(email)s.",
            address=base,
            company=organisation.handler_company,
            street=organisation.street,
            postal_code=organisation.postal_code,
            city=organisation.city,
            email=organisation.email_register,
        )
    )


def _complaint() -> Iterator[Block]:
    yield _heading(_("f) Right to lodge a complaint"), "h3")
    yield _paragraph(
        _(
            "You may lodge a complaint with the Data Protection Ombudsman if you consider that your data is processed "
            "against the law (Article 77): Office of the Data Protection Ombudsman, P.O. Box 800, 00531 Helsinki, "
            "phone +358 29 566 6700, tietosuoja.fi."
        )
    )


def _sources(held: Holdings) -> Iterator[Block]:
    """Where this person's data did come from, not where data may come from."""
    yield _heading(_("g) Sources of the data"), "h3")
    rows = []
    for group in held.categories:
        found = dict.fromkeys(field.source for record in group.records for field in record.fields)
        if found:
            rows.append([str(group.spec.label), "; ".join(str(labels.SOURCES[source]) for source in found)])
    yield _table([_("Category of data"), _("Comes from")], rows)


def _category(told: ToldCategory) -> Iterator[Block]:
    yield _heading(told.label, "h3")
    if not told.records:
        yield _paragraph(_("We hold nothing of this kind about you."))
        return
    yield _facts(
        [
            (_("Used for"), "; ".join(told.purposes)),
            (_("Legal basis"), "; ".join(told.legal_bases)),
            (_("May be given to"), "; ".join(told.recipients)),
            (_("Kept"), told.retention),
        ]
    )
    if told.is_in_full:
        for record in told.records:
            if record.title:
                yield _heading(record.title, "h4")
            yield from _record(told, record)
    else:
        yield from _record_rows(told)


def _record(told: ToldCategory, record: ToldRecord) -> Iterator[Block]:
    rows = [[f.label, f.value, _source(f.origin), f.origin.updated_on] for f in record.fields]
    head = [_("Field"), _("Value"), _("Source"), _("Updated")]
    if record.kept_until:
        yield _paragraph(_("Kept until %(date)s.", date=record.kept_until))
    elif record.is_open_ended:
        yield _paragraph(_("Until when it is kept is not known yet, since the contract is in force."))
    yield _table(head, rows, style="fields")
    exceptions = [
        _(
            "%(field)s: used for: %(purposes)s; may be given to: %(recipients)s",
            field=f.label,
            purposes="; ".join(f.purposes or told.purposes),
            recipients="; ".join(f.recipients or told.recipients),
        )
        for f in record.fields
        if f.purposes or f.recipients
    ]
    if exceptions:
        yield _paragraph(_("Other than the rest:"))
        yield _list(exceptions)


def _record_rows(told: ToldCategory) -> Iterator[Block]:
    """A record a row; where single fields of a record came from elsewhere, that is told beneath."""
    rows: list[list[Cell]] = [
        [
            *(field.value for field in record.fields),
            _("%(source)s. Updated %(date)s.", source=_source(record.origin), date=record.origin.updated_on),
            *([record.kept_until] if told.has_kept_until else []),
        ]
        for record in told.records
    ]
    head = [*told.columns, _("Source and update"), *([_("Kept until")] if told.has_kept_until else [])]
    yield _table(head, rows)
    exceptions = [
        _(
            "%(record)s, %(field)s: %(source)s. Updated %(date)s.",
            record=record.fields[0].value,
            field=field.label,
            source=_source(field.origin),
            date=field.origin.updated_on,
        )
        for record in told.records
        for field in record.differing
    ]
    if exceptions:
        yield _list(exceptions)


def _source(origin: Origin) -> str:
    return f"{origin.source}, {origin.source_on}"


def _drawn(table: Table) -> Block:
    if not table.rows:
        return _paragraph(_("Nothing."))
    return _table(table.columns, table.rows)


def _heading(text: str, level: str) -> Block:
    return Block("heading", style=level, runs=[Run(text)])


def _paragraph(text: str) -> Block:
    return Block("paragraph", runs=[Run(text)])


def _list(items: Iterable[str]) -> Block:
    return Block("list", items=[[Run(item)] for item in items])


def _facts(rows: Iterable[tuple[str, str]]) -> Block:
    return Block("facts", rows=[[[Run(label)], [Run(value)]] for label, value in rows])


def _table(head: Sequence[str], rows: Iterable[Sequence[Cell]], style: str = "") -> Block:
    written = [[[Run(formatting.EMPTY if cell in (None, "") else str(cell))] for cell in row] for row in rows]
    return Block("table", style=style, head=[[Run(word)] for word in head], rows=written)
