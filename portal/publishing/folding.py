"""Joining small counts so that none can be read, nor worked out by subtraction: pure functions.

Everything shown is a sum of what these functions return. Joined cells tell which values they join but not how many
cells, and never add up in a way that leaves only one possibility for a member.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import TypeAlias

Values: TypeAlias = tuple[str, ...]  # one value per dimension


@dataclass(frozen=True)
class Cell:
    """A count that may be shown; each dimension carries the value, or the values that were joined."""

    values: tuple[tuple[str, ...], ...]
    count: int


@dataclass(frozen=True)
class Stock:
    """What is shown of a state: cells with their own count, and at most one that joins the small ones."""

    own: Mapping[Values, int] = field(default_factory=dict)
    rest: Cell | None = None

    def cells(self) -> list[Cell]:
        cells = [Cell(tuple((value,) for value in values), count) for values, count in sorted(self.own.items())]
        return cells if self.rest is None else [*cells, self.rest]


@dataclass
class _Group:
    count: int
    members: list[Values]

    def is_open(self, floor: int) -> bool:
        """Whether it is too small, or its members could only all be one, or all as large as small counts get."""
        number = len(self.members)
        return self.count < floor or (number > 1 and self.count in (number, number * (floor - 1)))


def fold(counts: Mapping[Values, int], *, floor: int, random: Random | None = None) -> list[Cell]:
    """The cells to publish for a day; empty when the day is too small, or too even, and waits whole for the next.

    The smallest cell under the floor is joined with another small one, or when there is none with the next smallest,
    until all are large enough. Which of them is left to chance: a known order would tell members apart.
    """
    random = random or SystemRandom()
    groups = [_Group(count, [values]) for values, count in sorted(counts.items()) if count > 0]
    while len(groups) > 1 and (small := [group for group in groups if group.is_open(floor)]):
        smallest = _taken(small, random)
        groups.remove(smallest)
        others = [group for group in small if group is not smallest]
        nearest = random.choice(others) if others else _taken(groups, random)
        groups.remove(nearest)
        groups.append(_Group(smallest.count + nearest.count, sorted([*smallest.members, *nearest.members])))
    if any(group.is_open(floor) for group in groups):
        return []
    return sorted((Cell(_hull(group.members), group.count) for group in groups), key=lambda cell: cell.values)


def _taken(groups: list[_Group], random: Random) -> _Group:
    least = min(group.count for group in groups)
    return random.choice([group for group in groups if group.count == least])


def _hull(members: list[Values]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sorted(set(values))) for values in zip(*members, strict=True))


def fold_flows(
    counts: Mapping[Values, int],
    *,
    everything: tuple[tuple[str, ...], ...],
    floor: int,
    random: Random | None = None,
) -> list[Cell]:
    """The cells to publish of what happened in a week beside a state; empty when it waits for the next.

    Told exactly, flows would give small ones away: the state after is the state before, plus what came, minus what
    went. So chance moves each count before anything is decided by it, and what is told is rounded. A cell of its own
    means at least the floor, and no cell of its own means any count: whatever else is known, nothing small follows.
    What is not told apart is joined within its last dimension, then altogether, in a cell that names `everything`.
    That a week waits means any count too: were it surely small, a state that fell by eight would be four and four.
    """
    random = random or SystemRandom()
    left = Counter({values: count for values, count in sorted(counts.items()) if count > 0})
    cells: list[tuple[int, Cell]] = []
    if _told_apart(left.total(), floor, random) is None:
        return []
    for values, count in sorted(left.items()):
        if told := _told_apart(count, floor, random):
            cells.append((left.pop(values), Cell(tuple((value,) for value in values), told)))
    for last in sorted({values[-1] for values in left}):
        members = [values for values in left if values[-1] == last]
        if told := _told_apart(sum(left[values] for values in members), floor, random):
            cells.append((sum(left.pop(values) for values in members), Cell((*everything[:-1], (last,)), told)))
    rest = left.total()
    if 0 < rest < floor:
        smallest = min(cells, key=lambda cell: cell[0])
        cells.remove(smallest)
        rest += smallest[0]
    if rest:
        cells.append((rest, Cell(everything, _roughly(rest, floor, random))))
    return sorted((cell for _, cell in cells), key=lambda cell: cell.values)


def _told_apart(count: int, floor: int, random: Random) -> int | None:
    """The rough count to tell; None for every small one, and by chance for some that are not."""
    moved = _moved(count, floor, random)
    return _rounded(moved, floor) if min(count, moved) >= floor else None


def _roughly(count: int, floor: int, random: Random) -> int:
    return _rounded(_moved(count, floor, random), floor)


def _moved(count: int, floor: int, random: Random) -> int:
    """Moved by chance, without a bound."""
    return count + _steps(floor, random) - _steps(floor, random)


def _rounded(count: int, floor: int) -> int:
    """To the nearest multiple of the floor; never under it."""
    return max(floor, floor * ((count + floor // 2) // floor))


def _steps(floor: int, random: Random) -> int:
    """A geometric number: about as large as half the floor, sometimes larger, and never surely smaller than any."""
    steps = 0
    while random.random() < floor / (floor + 3):
        steps += 1
    return steps


def fold_stock(current: Mapping[Values, int], *, before: Stock, floor: int) -> Stock:
    """The state to publish after `before`: every count is 0 or at least the floor, and so is every change.

    A change under the floor waits for a later week; counts under the floor are shown in one joined cell.
    """
    own: dict[Values, int] = {}
    for values in sorted({*current, *before.own}):
        shown = before.own.get(values, 0)
        count = current.get(values, 0)
        target = count if count >= floor else 0
        kept = target if abs(target - shown) >= floor or shown < floor else shown
        if kept:
            own[values] = kept
    small = {values: count for values, count in current.items() if 0 < count < floor}
    return Stock(own, _rest(small, before.rest, floor))


def _rest(small: Mapping[Values, int], before: Cell | None, floor: int) -> Cell | None:
    total, number = sum(small.values()), len(small)
    # all ones, or all as large as a small count can be, would tell each member
    may_show = total >= floor and number < total < number * (floor - 1)
    target = total if may_show else 0
    if abs(target - (before.count if before else 0)) < floor:
        return before
    return Cell(_hull(sorted(small)), total) if may_show else None
