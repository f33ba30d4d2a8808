"""Measuring a thing and its baseline by turns, so that a drifting machine moves both alike."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TypeAlias

Measure: TypeAlias = Callable[[], float]

ROUNDS = 5


@dataclass(frozen=True)
class Figure:
    """One result; `ratio` is value / baseline, so that with rates more is better and with times less."""

    name: str
    value: float
    unit: str
    baseline: float

    @property
    def ratio(self) -> float:
        return self.value / self.baseline

    def as_json(self) -> dict[str, str | float]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "baseline": round(self.baseline, 4),
            "ratio": round(self.ratio, 4),
        }

    def __str__(self) -> str:
        return f"{self.name:<44} {self.value:>10.3f} {self.unit:<10} {self.baseline:>10.3f} {self.ratio:>8.3f}"


def compare(name: str, unit: str, *, subject: Measure, baseline: Measure, rounds: int = ROUNDS) -> Figure:
    """Medians over rounds in which both are measured; who comes first changes with every round."""
    values: list[float] = []
    baselines: list[float] = []
    gc.collect()
    for number in range(rounds):
        turns = ((subject, values), (baseline, baselines))
        for measure, results in turns if number % 2 == 0 else turns[::-1]:
            results.append(measure())
    return Figure(name, median(values), unit, median(baselines))


def milliseconds_each(act: Callable[[], object], times: int) -> Measure:
    """A measure: the mean time of one `act` over `times` of them."""

    def measure() -> float:
        begun = perf_counter()
        for _ in range(times):
            act()
        return (perf_counter() - begun) * 1000 / times

    act()  # caches and connections are filled before anything counts
    return measure
