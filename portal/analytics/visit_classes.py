"""The few classes that a visit falls into: device, way of arrival, pages viewed. Nothing finer is kept."""

import re
from enum import StrEnum
from urllib.parse import urlsplit

DEEP = 5  # pages; a visit is followed no further


class Device(StrEnum):
    PHONE = "phone"
    COMPUTER = "computer"
    OTHER = "other"


class Referrer(StrEnum):
    DIRECT = "direct"
    SEARCH = "search"
    SOCIAL = "social"
    CAMPAIGN = "campaign"
    OTHER = "other"


class Step(StrEnum):
    """What a page adds to the visit it belongs to."""

    BEGUN = "begun"
    SECOND = "second-page"
    DEEP = "fifth-page"


# names in links of our own (`?utm_campaign=...`); any other name is as if there were none
CAMPAIGNS = frozenset({"customer-letter", "electricity-bill", "newsletter"})

_PHONE = re.compile(r"\bMobile\b|\bMobi\b|iPhone|iPod|Windows Phone")
_TABLET = re.compile(r"iPad|Tablet|Kindle|Silk/|PlayBook")
_COMPUTER = re.compile(r"Windows NT|Macintosh|CrOS|X11")
_SEARCH = re.compile(
    r"(www\.)?(google|yandex|ecosia|qwant|startpage|duckduckgo|bing|baidu|kagi)\.[a-z]{2,3}(\.[a-z]{2})?"
    r"|([a-z]+\.)*search\.(yahoo|brave)\.com|com\.google\.android\.googlequicksearchbox"
)
_SOCIAL = re.compile(
    r"([a-z]+\.)*(facebook|instagram|linkedin|twitter|x|youtube|tiktok|reddit|pinterest|threads|whatsapp)\.(com|net)"
    r"|t\.co|lnkd\.in|youtu\.be|bsky\.app|mastodon\.social|com\.(facebook\.katana|linkedin\.android|instagram\.android)"
)


def device_class(user_agent: str) -> Device:
    if _TABLET.search(user_agent):
        return Device.OTHER
    if _PHONE.search(user_agent):
        return Device.PHONE
    return Device.COMPUTER if _COMPUTER.search(user_agent) else Device.OTHER


def referrer_class(address: str | None, *, own_host: str) -> Referrer:
    """How the visit came; a page of ours says nothing about that, and counts as direct."""
    try:
        host = (urlsplit(address or "").hostname or "").lower()
    except ValueError:  # not an address
        return Referrer.OTHER
    if host in ("", own_host):
        return Referrer.DIRECT
    if _SEARCH.fullmatch(host):
        return Referrer.SEARCH
    return Referrer.SOCIAL if _SOCIAL.fullmatch(host) else Referrer.OTHER


def step_of(pages: int) -> Step | None:
    """What the visit's page of that number adds."""
    return {1: Step.BEGUN, 2: Step.SECOND, DEEP: Step.DEEP}.get(pages)
