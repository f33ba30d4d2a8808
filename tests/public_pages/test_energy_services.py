"""The energy services belong together as declared."""

from portal.public_pages.energy_services import ENERGY_SERVICES, energy_service, related_to


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
