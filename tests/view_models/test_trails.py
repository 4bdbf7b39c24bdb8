from hypothesis import given
from hypothesis import strategies as st

from tradebot_gui.view_models.trails import EVERY, POINTS, Trail

PRICES = st.floats(1, 1e6)


@given(st.lists(st.tuples(st.integers(0, 200), PRICES), min_size=1))
def test_a_trail_holds_the_last_price_of_each_half_hour_of_a_day(moves: list[tuple[int, float]]) -> None:
    trail = Trail()
    moves.sort(key=lambda move: move[0])
    for slot, price in moves:
        trail.move(slot * EVERY, price)
    assert list(trail.prices) == list(dict(moves).values())[-POINTS:]


def test_what_was_seen_live_stays_behind_the_past() -> None:
    trail = Trail()
    trail.move(5 * EVERY + 7, 9.0)
    trail.begin_with([3 * EVERY, 4 * EVERY], [1.0, 2.0])
    assert list(trail.prices) == [1.0, 2.0, 9.0]
    assert trail.change == 8.0
    trail.move(5 * EVERY + 9, float("nan"))
    assert trail.prices[-1] == 9.0


def test_an_unknown_way_has_no_change() -> None:
    assert Trail().change != Trail().change
