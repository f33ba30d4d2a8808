"""Long lists in pages: which page the address asks for, and the links to the others."""

from dataclasses import dataclass

from flask import request, url_for

from portal.web.locale import kept_query

PAGE_SIZE = 50


@dataclass(frozen=True)
class Paging:
    """One page of a list of `total`; there is always at least one."""

    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def url(self, number: int) -> str:
        """The same list with the same filters, at another page."""
        return url_for(request.endpoint or "", **{**(request.view_args or {}), **kept_query(), "page": number})


def asked_number() -> int:
    """The page number in the address; 1 where there is none or nonsense."""
    asked = request.args.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def asked_page(total: int) -> Paging:
    """The page that the address asks for, or the nearest there is."""
    return Paging(number=min(asked_number(), Paging(1, total).pages), total=total)
