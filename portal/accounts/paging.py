"""Long lists of the administrator in pages."""

from dataclasses import dataclass

from flask import request, url_for

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of a list of `total`; `pages` is at least one."""

    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def offset(self) -> int:
        return (self.number - 1) * PAGE_SIZE

    def url(self, number: int) -> str:
        return url_for(request.endpoint or "", page=number)


def asked_page(total: int) -> Page:
    """The page that the address asks for, or the nearest there is."""
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    return Page(number=min(max(number, 1), Page(1, total).pages), total=total)
