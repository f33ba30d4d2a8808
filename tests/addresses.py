"""Every address that can be asked for, with the things that are there: for walks through all pages."""

import re
from collections import defaultdict
from collections.abc import Sequence

from flask import Flask
from sqlalchemy import select

from portal.core.db import db
from portal.register.models import Customer
from portal.subject_requests.kinds import Kind
from portal.subject_requests.models import SubjectRequest

IDENTIFIER = re.compile(r"/(?:\d+|[A-Z0-9]{4}-[A-Z0-9]{4})(?=[/.]|$)")


def addresses(app: Flask, language: str = "en") -> list[str]:
    """All pages without arguments, and those about every request, some customers, kinds, versions and tokens."""
    with app.app_context():
        values: dict[str, Sequence[str]] = {
            "public_id": db.session.scalars(select(SubjectRequest.public_id).order_by(SubjectRequest.id)).all(),
            "number": db.session.scalars(select(Customer.number).order_by(Customer.number).limit(3)).all(),
            "kind": [str(kind) for kind in Kind],
            "version": ["1.0"],
            "slug": ["solar-panels"],
            "token": ["x"],
        }
        db.session.remove()
    found = []
    for rule in app.url_map.iter_rules():
        arguments = rule.arguments - {"lang"}
        if "GET" not in (rule.methods or ()) or not arguments <= set(values):
            continue
        path = rule.rule.replace("<lang:lang>", language)
        found += [path] if not arguments else []
        for name in arguments:
            found += [re.sub(rf"<(?:\w+:)?{name}>", value, path) for value in values[name]]
    return found


def some_of_each(app: Flask, number: int) -> list[str]:
    """Every page of a kind that there is one of; of the others, which differ in what they are about, so many."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for path in addresses(app):
        by_kind[IDENTIFIER.sub("/…", path)].append(path)
    return [path for paths in by_kind.values() for path in paths[:number]]
