"""The energy services belong together as declared, and suggestions follow what was viewed."""

from portal.public_pages.energy_services import ENERGY_SERVICES, energy_service, related_to, suggested


def test_the_six_services_have_pages() -> None:
    assert [service.slug for service in ENERGY_SERVICES] == [
        "electric-heating",
        "heat-pump",
        "solar-panels",
        "ev-charging",
        "main-fuse",
        "new-connection",
    ]


def test_every_relation_leads_to_another_service() -> None:
    for service in ENERGY_SERVICES:
        assert related_to(service)
        assert service.slug not in service.related


def test_an_unknown_slug_is_no_service() -> None:
    assert energy_service("nuclear-reactor") is None


def test_services_related_to_the_viewed_ones_are_suggested_latest_first() -> None:
    assert [s.slug for s in suggested(["heat-pump"])] == ["electric-heating", "solar-panels"]
    assert [s.slug for s in suggested(["ev-charging", "heat-pump"])] == [
        "main-fuse",
        "solar-panels",
        "electric-heating",
    ]


def test_a_service_already_viewed_is_not_suggested() -> None:
    assert [s.slug for s in suggested(["solar-panels", "ev-charging"])] == ["heat-pump", "main-fuse"]


def test_nothing_is_suggested_for_nothing_or_nonsense() -> None:
    assert suggested([]) == ()
    assert suggested(["", "nuclear-reactor", "../../etc"]) == ()
