"""No small count is published, none can be worked out, and nothing is lost."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain, pairwise, product, repeat
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.publishing.folding import Cell, Stock, fold, fold_flows, fold_stock

FLOOR = 5
values = st.tuples(st.sampled_from(["fi", "en"]), st.sampled_from(["banner", "settings"]), st.sampled_from("abcd"))
ledgers = st.dictionaries(values, st.integers(0, 30))


def test_cells_that_are_large_enough_stay_as_they_are() -> None:
    assert fold({("fi", "a"): 5, ("en", "a"): 12}, floor=5) == [Cell((("en",), ("a",)), 12), Cell((("fi",), ("a",)), 5)]


def test_a_small_cell_is_joined_with_the_next_smallest() -> None:
    cells = fold({("fi", "a"): 20, ("fi", "b"): 7, ("fi", "c"): 2}, floor=5)
    assert cells == [Cell((("fi",), ("a",)), 20), Cell((("fi",), ("b", "c")), 9)]


def test_joining_goes_on_until_the_joined_cell_is_large_enough() -> None:
    cells = fold({("fi", "a"): 20, ("fi", "b"): 1, ("fi", "c"): 1, ("en", "b"): 4}, floor=5)
    assert sum(cell.count for cell in cells) == 26
    assert all(cell.count >= 5 for cell in cells)
    assert fold({("a",): 1, ("b",): 1, ("c",): 2, ("d",): 2}, floor=5)[0] == Cell((("a", "b", "c", "d"),), 6)


def test_a_day_under_the_floor_waits_for_the_next() -> None:
    assert fold({("fi", "a"): 2, ("en", "a"): 2}, floor=5) == []


def test_a_day_without_anything_publishes_nothing() -> None:
    assert fold({("fi", "a"): 0}, floor=5) == []


def test_with_a_floor_of_one_every_count_is_told() -> None:
    assert fold({("a",): 1, ("b",): 2}, floor=1) == [Cell((("a",),), 1), Cell((("b",),), 2)]


def test_five_ones_wait_because_their_sum_would_tell_each_of_them() -> None:
    assert fold({("fi", letter): 1 for letter in "abcde"}, floor=5) == []


def test_two_fours_are_joined_with_more_because_eight_would_tell_both() -> None:
    cells = fold({("a",): 4, ("b",): 4, ("c",): 9, ("d",): 30}, floor=5)
    assert cells == [Cell((("a", "b", "c"),), 17), Cell((("d",),), 30)]


def test_a_joined_cell_does_not_tell_how_many_cells_it_joins() -> None:
    four = {("fi", "a"): 2, ("en", "b"): 2, ("fi", "b"): 1, ("en", "a"): 1}
    assert fold(four, floor=5) == [Cell((("en", "fi"), ("a", "b")), 6)]
    two = {("fi", "a"): 2, ("en", "b"): 4}
    assert fold(two, floor=5) == [Cell((("en", "fi"), ("a", "b")), 6)]


@given(ledgers)
def test_no_published_cell_is_small_and_nothing_is_lost(ledger: dict[tuple[str, ...], int]) -> None:
    cells = fold(ledger, floor=FLOOR)
    assert all(cell.count >= FLOOR for cell in cells)
    if cells:
        assert sum(cell.count for cell in cells) == sum(ledger.values())


@pytest.mark.parametrize(("cells_a_day", "largest", "chances"), [(3, 16, 6), (4, 7, 12)])
def test_who_knows_every_published_cell_and_the_method_cannot_tell_any_count_from_1_to_4(
    cells_a_day: int, largest: int, chances: int
) -> None:
    """Every small ledger is published in several ways of chance; what fits a publication never agrees."""
    letters = [(letter,) for letter in "abcd"[:cells_a_day]]
    fitting: dict[str, set[tuple[int, ...]]] = {}
    for counts in product(range(largest + 1), repeat=len(letters)):
        for seed in range(chances):
            cells = fold(dict(zip(letters, counts, strict=True)), floor=FLOOR, random=Random(seed))
            fitting.setdefault(repr(cells), set()).add(counts)
    for ledgers_that_fit in fitting.values():
        for place in range(len(letters)):
            possible = {counts[place] for counts in ledgers_that_fit}
            assert len(possible) > 1 or not possible & {1, 2, 3, 4}


@pytest.mark.parametrize(("cells_a_day", "most"), [(2, 14), (3, 9)])
def test_who_knows_that_a_day_waited_cannot_tell_what_it_brought(cells_a_day: int, most: int) -> None:
    """The same with two days, the first of which was too small or too even and came out with the second."""
    letters = [(letter,) for letter in "abc"[:cells_a_day]]
    days = [counts for counts in product(range(most + 1), repeat=cells_a_day) if sum(counts) <= most]
    waits = [day for day in days if not fold(dict(zip(letters, day, strict=True)), floor=FLOOR, random=Random(1))]
    fitting: dict[str, set[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
    for first, second in product(waits, days):
        together = [one + other for one, other in zip(first, second, strict=True)]
        if sum(together) <= most:  # beyond it, not all that fits would have been tried
            cells = fold(dict(zip(letters, together, strict=True)), floor=FLOOR, random=Random(sum(first)))
            fitting.setdefault(repr(cells), set()).add((first, second))
    for pairs in fitting.values():
        for day, place in product((0, 1), range(cells_a_day)):
            possible = {pair[day][place] for pair in pairs}
            assert len(possible) > 1 or not possible & {1, 2, 3, 4}
        for day in (0, 1):
            possible = {sum(pair[day]) for pair in pairs}
            assert len(possible) > 1 or not possible & {1, 2, 3, 4}


def test_weeks_of_a_state_put_together_tell_no_small_count_and_no_small_change() -> None:
    """Every short history of two cells, by what is published of it."""
    states = list(product(range(9), repeat=2))
    fitting: dict[str, tuple[Stock, list[tuple[tuple[int, ...], ...]]]] = {"": (Stock(), [()])}
    for _week in range(2):
        longer: dict[str, tuple[Stock, list[tuple[tuple[int, ...], ...]]]] = {}
        for told, (before, histories) in fitting.items():
            for state in states:
                stock = fold_stock(dict(zip([("a",), ("b",)], state, strict=True)), before=before, floor=FLOOR)
                _, known = longer.setdefault(f"{told} {stock}", (stock, []))
                known.extend((*history, state) for history in histories)
        fitting = longer
    for _, histories in fitting.values():
        for place in (0, 1):
            for told_of in (
                {first[place] for first, _ in histories},
                {second[place] for _, second in histories},
                {abs(second[place] - first[place]) for first, second in histories},
            ):
                assert len(told_of) > 1 or not told_of & {1, 2, 3, 4}


@given(ledgers)
def test_filters_of_a_day_never_differ_by_a_small_count(ledger: dict[tuple[str, ...], int]) -> None:
    cells = fold(ledger, floor=FLOOR)
    for place, options in ((0, ["fi", "en"]), (1, ["banner", "settings"]), (2, "abcd")):
        for option in options:
            inside = sum(cell.count for cell in cells if cell.values[place] == (option,))
            everything = sum(cell.count for cell in cells)
            assert not {inside, everything - inside} & {1, 2, 3, 4}


@given(st.lists(ledgers, min_size=1, max_size=8))
def test_days_carried_over_lose_nothing(days: list[dict[tuple[str, ...], int]]) -> None:
    waiting: Counter[tuple[str, ...]] = Counter()
    published = 0
    for day in days:
        waiting.update(day)
        cells = fold(waiting, floor=FLOOR)
        published += sum(cell.count for cell in cells)
        if cells:
            waiting.clear()
    assert published + sum(waiting.values()) == sum(sum(day.values()) for day in days)


def test_a_state_is_shown_from_the_floor_up() -> None:
    stock = fold_stock({("a",): 5, ("b",): 40}, before=Stock(), floor=5)
    assert stock == Stock({("a",): 5, ("b",): 40}, None)


def test_small_states_are_shown_together() -> None:
    stock = fold_stock({("a",): 2, ("b",): 4, ("c",): 9}, before=Stock(), floor=5)
    assert stock == Stock({("c",): 9}, Cell((("a", "b"),), 6))


def test_small_states_that_their_sum_would_give_away_are_not_shown() -> None:
    assert fold_stock({("a",): 4, ("b",): 4}, before=Stock(), floor=5).rest is None
    assert fold_stock({(letter,): 1 for letter in "abcde"}, before=Stock(), floor=5).rest is None


def test_a_change_under_the_floor_waits() -> None:
    first = fold_stock({("a",): 40}, before=Stock(), floor=5)
    second = fold_stock({("a",): 43}, before=first, floor=5)
    third = fold_stock({("a",): 46}, before=second, floor=5)
    assert [stock.own[("a",)] for stock in (first, second, third)] == [40, 40, 46]


def test_a_change_of_the_floor_is_shown() -> None:
    for after in (35, 45):
        assert fold_stock({("a",): after}, before=Stock({("a",): 40}), floor=5) == Stock({("a",): after})


def test_with_a_floor_of_one_what_is_gone_is_shown_as_gone() -> None:
    assert fold_stock({}, before=Stock({("a",): 1}), floor=1) == Stock()


def test_a_floor_that_was_raised_hides_what_a_lower_one_showed() -> None:
    before = fold_stock({("a",): 7, ("b",): 40, ("c",): 2, ("d",): 3}, before=Stock(), floor=2)
    assert before.own == {("a",): 7, ("b",): 40, ("c",): 2, ("d",): 3}
    assert fold_stock({("a",): 8, ("b",): 41, ("c",): 2, ("d",): 3}, before=before, floor=10) == Stock(
        {("b",): 40}, Cell((("a", "c", "d"),), 13)
    )


@given(st.lists(st.dictionaries(st.tuples(st.sampled_from("abc")), st.integers(0, 20)), min_size=2, max_size=8))
def test_no_state_and_no_change_of_one_is_small(weeks: list[dict[tuple[str, ...], int]]) -> None:
    stocks = [Stock()]
    for week in weeks:
        stocks.append(fold_stock(week, before=stocks[-1], floor=FLOOR))
    for before, after in pairwise(stocks):
        assert all(cell.count >= FLOOR for cell in after.cells())
        for key in {*before.own, *after.own}:
            change = abs(after.own.get(key, 0) - before.own.get(key, 0))
            assert change == 0 or change >= FLOOR
        change = abs((after.rest.count if after.rest else 0) - (before.rest.count if before.rest else 0))
        assert change == 0 or change >= FLOOR


def test_what_did_not_happen_is_in_no_cell() -> None:
    assert fold({("a",): 20, ("b",): 0, ("c",): 7}, floor=5) == [Cell((("a",),), 20), Cell((("c",),), 7)]


def test_a_state_is_told_cell_by_cell_and_what_is_joined_last() -> None:
    stock = Stock({("fi", "b"): 9, ("en", "a"): 12}, Cell((("en", "fi"), ("c",)), 6))
    assert stock.cells() == [
        Cell((("en",), ("a",)), 12),
        Cell((("fi",), ("b",)), 9),
        Cell((("en", "fi"), ("c",)), 6),
    ]


def test_what_is_joined_of_a_state_has_every_small_count_and_no_other() -> None:
    stock = fold_stock({("a",): 1, ("b",): 4, ("c",): 0, ("d",): 5, ("e",): 2}, before=Stock(), floor=5)
    assert stock == Stock({("d",): 5}, Cell((("a", "b", "e"),), 7))


def test_small_states_are_shown_as_soon_as_together_they_reach_the_floor() -> None:
    assert fold_stock({("a",): 1, ("b",): 4}, before=Stock(), floor=5).rest == Cell((("a", "b"),), 5)


def test_what_is_joined_of_a_state_changes_only_by_the_floor_or_more() -> None:
    first = fold_stock({("a",): 2, ("b",): 4}, before=Stock(), floor=5)
    second = fold_stock({("a",): 3, ("b",): 4}, before=first, floor=5)
    third = fold_stock({("a",): 4, ("b",): 4, ("c",): 3}, before=second, floor=5)
    assert first.rest == second.rest == Cell((("a", "b"),), 6)
    assert third.rest == Cell((("a", "b", "c"),), 11)


def test_what_was_joined_goes_once_its_sum_would_give_it_away() -> None:
    for shown in ({("a",): 2, ("b",): 4}, {("a",): 1, ("b",): 4}):
        before = fold_stock(shown, before=Stock(), floor=5)
        assert before.rest is not None
        assert fold_stock({("a",): 4, ("b",): 4}, before=before, floor=5).rest is None


ALL = (("new", "old"), ("a", "b", "c"))


class Chance(Random):
    """Moves each count as it is told, in the order in which counts are weighed; by nothing once it has run out."""

    def __init__(self, *moves: int) -> None:
        super().__init__()
        self.drawn: Iterable[float] = iter(())
        drawn = [[0.62] * max(move, 0) + [0.63] + [0.62] * max(-move, 0) + [0.63] for move in moves]
        self.drawn = chain(chain.from_iterable(drawn), repeat(0.63))

    def random(self) -> float:
        """Under 5 / 8 it is one more, with a floor of five."""
        return next(iter(self.drawn))


def flows(
    counts: dict[tuple[str, ...], int], *moves: int, everything: tuple[tuple[str, ...], ...] = ALL
) -> list[tuple[tuple[tuple[str, ...], ...], int]]:
    cells = fold_flows(counts, everything=everything, floor=5, random=Chance(*moves))
    assert all(isinstance(cell.count, int) for cell in cells)
    return [(cell.values, cell.count) for cell in cells]


def test_what_happened_in_a_week_is_told_to_the_nearest_five() -> None:
    counts = {("new", "a"): 12, ("old", "b"): 13, ("new", "c"): 5}
    assert flows(counts) == [((("new",), ("a",)), 10), ((("new",), ("c",)), 5), ((("old",), ("b",)), 15)]


def test_what_is_small_in_a_week_is_joined_within_its_last_dimension() -> None:
    counts = {("new", "a"): 12, ("new", "b"): 4, ("old", "b"): 4, ("old", "c"): 6}
    assert flows(counts) == [((("new",), ("a",)), 10), ((("new", "old"), ("b",)), 10), ((("old",), ("c",)), 5)]


def test_what_is_small_there_too_is_joined_in_a_cell_that_names_everything() -> None:
    assert flows({("new", "a"): 12, ("new", "b"): 3, ("old", "c"): 4}) == [((("new",), ("a",)), 10), (ALL, 5)]


def test_a_rest_under_the_floor_takes_the_smallest_cell_along() -> None:
    counts = {("new", "a"): 12, ("new", "b"): 9, ("old", "a"): 14, ("old", "c"): 4}
    assert flows(counts) == [((("new",), ("a",)), 10), (ALL, 15), ((("old",), ("a",)), 15)]


def test_of_two_smallest_cells_a_small_rest_takes_one_along() -> None:
    assert flows({("new", "a"): 9, ("old", "a"): 9, ("old", "c"): 1}) == [(ALL, 10), ((("old",), ("a",)), 10)]


def test_it_is_the_last_dimension_whatever_their_number() -> None:
    everything = (("new", "old"), ("x", "y"), ("a", "b"))
    counts = {("new", "x", "a"): 3, ("old", "y", "a"): 4, ("new", "x", "b"): 4, ("old", "x", "b"): 2}
    assert flows(counts, everything=everything) == [
        ((("new", "old"), ("x", "y"), ("a",)), 5),
        ((("new", "old"), ("x", "y"), ("b",)), 5),
    ]


def test_a_rest_of_the_floor_stands_by_itself() -> None:
    counts = {("new", "a"): 12, ("old", "b"): 2, ("old", "c"): 3}
    assert flows(counts) == [((("new",), ("a",)), 10), (ALL, 5)]


def test_a_small_week_waits_and_so_does_one_that_chance_makes_small() -> None:
    counts = {("new", "a"): 3, ("old", "a"): 1}
    assert flows(counts) == flows(counts, 10) == []
    counts = {("new", "a"): 9}
    assert flows(counts, -5) == []
    assert flows(counts, -4) == [((("new",), ("a",)), 10)]


def test_chance_moves_what_is_told_of_a_count_up_and_down() -> None:
    counts = {("new", "a"): 12, ("old", "b"): 30}
    assert flows(counts, 0, 6, -8) == [((("new",), ("a",)), 20), ((("old",), ("b",)), 20)]


def test_a_large_count_that_chance_makes_small_is_not_told_apart() -> None:
    counts = {("new", "a"): 7, ("old", "b"): 30}
    assert flows(counts, 0, -3, 0, 0) == [((("new", "old"), ("a",)), 5), ((("old",), ("b",)), 30)]
    assert flows(counts, 0, -3, 0, -3, 4) == [(ALL, 10), ((("old",), ("b",)), 30)]


def test_a_small_count_that_chance_makes_large_is_not_told_apart() -> None:
    counts = {("new", "a"): 4, ("old", "b"): 30}
    assert flows(counts, 0, 20, 0, 20) == [(ALL, 35)]


def test_what_did_not_happen_in_a_week_is_in_no_cell_of_it() -> None:
    assert flows({("new", "a"): 12, ("old", "a"): 0}) == [((("new",), ("a",)), 10)]


def test_no_rough_count_is_under_the_floor_however_far_chance_moves_it() -> None:
    assert flows({("new", "a"): 12, ("old", "b"): 2, ("old", "c"): 4}, 0, 0, 0, 0, 0, 0, -30)[-1] == (ALL, 5)


def test_without_a_chance_of_ones_own_the_counts_of_a_week_are_moved_by_the_systems() -> None:
    told = {fold_flows({("new", "a"): 60}, everything=ALL, floor=5)[0].count for _ in range(100)}
    assert len(told) > 1
