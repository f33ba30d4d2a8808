"""The energy services that have a page of their own, and which of them belong together (register fact R82)."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class EnergyService:
    """One service page; `related` are the slugs of services that people who need this one often need too."""

    slug: str
    name: LazyString
    summary: LazyString
    paragraphs: tuple[LazyString, ...]
    steps: tuple[LazyString, ...]
    related: tuple[str, ...]


ENERGY_SERVICES = (
    EnergyService(
        slug="electric-heating",
        name=_l("Changing the heating of your home"),
        summary=_l("Moving to electric heating, or away from it, changes what your connection must carry."),
        paragraphs=(
            _l(
                "Heating is the largest use of electricity in most homes. When the heating changes, the main fuses and "
                "the network tariff should be looked at together."
            ),
            _l(
                "An electrician tells how much power the new heating needs. We tell whether your connection carries it."
            ),
        ),
        steps=(
            _l("Ask an electrician for the power of the new heating."),
            _l("Check the size of your main fuses in “My data”."),
            _l("Tell us about the change, so that the type of heating in the register stays right."),
        ),
        related=("heat-pump", "main-fuse"),
    ),
    EnergyService(
        slug="heat-pump",
        name=_l("Heat pump"),
        summary=_l(
            "A heat pump uses less electricity than direct electric heating. Most need no change to the connection."
        ),
        paragraphs=(
            _l("An air-source heat pump can usually be connected to an ordinary home without larger main fuses."),
            _l(
                "A ground-source heat pump starts with a higher current. Its electrical work always needs a qualified "
                "contractor, who checks the fuses first."
            ),
        ),
        steps=(
            _l("Let the contractor calculate the starting current."),
            _l("Agree on larger main fuses with us before the work, if they are needed."),
            _l("Compare your consumption before and after the change."),
        ),
        related=("electric-heating", "solar-panels"),
    ),
    EnergyService(
        slug="solar-panels",
        name=_l("Solar panels"),
        summary=_l("You may feed what you do not use yourself into the network, once the system has been approved."),
        paragraphs=(
            _l(
                "A small power plant at home is connected to the network by a qualified contractor. We must know of it "
                "beforehand, because work on the network has to be safe."
            ),
            _l("To be paid for the electricity that you feed in, you need a contract with a buyer of your choice."),
        ),
        steps=(
            _l("Choose a contractor and a system that meets the network's requirements."),
            _l("The contractor notifies us before the system is connected."),
            _l("Make a contract with the buyer of your surplus electricity."),
        ),
        related=("ev-charging", "heat-pump"),
    ),
    EnergyService(
        slug="ev-charging",
        name=_l("Charging an electric car"),
        summary=_l("A charger at home is a large load. Load control often makes larger fuses unnecessary."),
        paragraphs=(
            _l(
                "A charging point is installed by a qualified contractor, "
                "who also sees whether the main fuses are enough."
            ),
            _l("Load control lowers the charging power while the sauna or the heating is on."),
        ),
        steps=(
            _l("Check the size of your main fuses in “My data”."),
            _l("Ask the contractor about load control."),
            _l("Agree on larger main fuses with us before the work, if they are needed."),
        ),
        related=("main-fuse", "solar-panels"),
    ),
    EnergyService(
        slug="main-fuse",
        name=_l("Changing the main fuses"),
        summary=_l(
            "The size of the main fuses sets how much power your home can take, and affects the network charge."
        ),
        paragraphs=(
            _l("Larger fuses need a connection that carries them. Smaller ones may lower the network charge."),
            _l("The change is ordered by your electrical contractor and agreed with us."),
        ),
        steps=(
            _l("Have an electrician check how much power you need."),
            _l("The contractor orders the change from us."),
            _l("See the new size in “My data” when the work is done."),
        ),
        related=("ev-charging", "electric-heating"),
    ),
    EnergyService(
        slug="new-connection",
        name=_l("New connection"),
        summary=_l("A new building needs a connection contract before electricity can be delivered to it."),
        paragraphs=(
            _l(
                "The connection contract stays with the property. It states the size of the connection and where it is."
            ),
            _l("Be in touch early: digging and building of the network take time, and depend on the season."),
        ),
        steps=(
            _l("Send us the site plan and the size of connection that you need."),
            _l("Accept the offer and sign the connection contract."),
            _l("Make a contract for electricity with a seller of your choice."),
        ),
        related=("main-fuse", "ev-charging"),
    ),
)

_BY_SLUG = {service.slug: service for service in ENERGY_SERVICES}


def energy_service(slug: str) -> EnergyService | None:
    return _BY_SLUG.get(slug)


def related_to(service: EnergyService) -> tuple[EnergyService, ...]:
    return tuple(_BY_SLUG[slug] for slug in service.related)


def suggested(viewed: Iterable[str]) -> tuple[EnergyService, ...]:
    """What goes with the services viewed, latest first: their relations that have not been viewed, at most three."""
    seen = [slug for slug in viewed if slug in _BY_SLUG]
    wanted = dict.fromkeys(related for slug in seen for related in _BY_SLUG[slug].related if related not in seen)
    return tuple(_BY_SLUG[slug] for slug in wanted)[:3]
