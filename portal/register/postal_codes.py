"""The postal codes of the network area, with their post offices."""

# Home addresses only: no post-box or parcel-machine codes.
POST_OFFICES: dict[str, str] = {
    "45100": "Kouvola",
    "45120": "Kouvola",
    "45130": "Kouvola",
    "45150": "Kouvola",
    "45160": "Kouvola",
    "45200": "Kouvola",
    "45360": "Valkeala",
    "45370": "Valkeala",
    "45410": "Utti",
    "45610": "Koria",
    "45700": "Kuusankoski",
    "45710": "Kuusankoski",
    "45720": "Kuusankoski",
    "45740": "Kuusankoski",
    "45910": "Voikkaa",
    "46400": "Kaipiainen",
    "46800": "Myllykoski",
    "46860": "Keltakangas",
    "46900": "Inkeroinen",
    "46910": "Anjala",
    "47200": "Elimäki",
    "47710": "Jaala",
}


# By catalogue key: each half of a place, with the other.
OTHER_HALF: dict[str, str] = {
    "postal_code": "city",
    "city": "postal_code",
    "billing_postal_code": "billing_city",
    "billing_city": "billing_postal_code",
}


def post_office(postal_code: str) -> str | None:
    """The post office of a code of the network area, or None for a code from elsewhere."""
    return POST_OFFICES.get(postal_code)


def is_mismatched(postal_code: str, city: str) -> bool:
    """Whether the post office is another than the code's own: worth a warning, never a refusal."""
    known = post_office(postal_code)
    return known is not None and known.casefold() != city.strip().casefold()


def is_mismatched_beside(field_key: str, value: str, other: str) -> bool:
    """The same of one half of a place and its other half."""
    is_code = field_key.endswith("postal_code")
    return is_mismatched(value.strip(), other) if is_code else is_mismatched(other.strip(), value)
