"""One thing that a customer asks about: an opening of their data, a disclosure, or who was told of a correction."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Matter:
    """`facts` are what the page shows and the request carries; `question` is what the form begins with."""

    title: str
    subject: str
    facts: Sequence[tuple[str, str]]
    question: str

    def request(self, question: str) -> str:
        """The text of the request: what it is about, then the question in the person's own words."""
        about = [self.subject, *(f"{name}: {value}" for name, value in self.facts)]
        return "\n".join([*about, "", question.strip()])
