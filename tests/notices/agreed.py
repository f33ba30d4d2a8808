"""The sections of the notice in their order, as agreed: written out, not read from the code."""

SECTIONS = [
    "controller",
    "contact",
    "register-name",
    "purposes",
    "legal-basis",
    "data-content",
    "sources",
    "disclosures",
    "recipients",
    "cookies",
    "transfers",
    "protection",
    "retention",
    "access",
    "rectification",
    "objection",
    "other-rights",
    "complaint",
    "display",
]
