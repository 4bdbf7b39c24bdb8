"""Which bars are in view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradebot_gui.charts.span import LEAST, Span

moves = st.lists(
    st.one_of(
        st.tuples(st.just("zoom"), st.floats(0.01, 100), st.floats(-200, 1200)),
        st.tuples(st.just("pan"), st.floats(-5000, 5000), st.just(0.0)),
    ),
    max_size=12,
)


def span() -> Span:
    made = Span(first=0, last=999)
    made.show_last(150)
    return made


@given(moves)
def test_bars_never_leave_the_view_and_are_never_too_few(done):
    s = span()
    for kind, amount, at in done:
        s.zoom(amount, at) if kind == "zoom" else s.pan(amount)
        assert s.size >= LEAST * 0.999
        assert s.x1 > s.first
        assert s.x0 < s.last


@given(st.floats(0.5, 2), st.floats(860, 990))
def test_zoom_keeps_the_place_under_the_cursor(factor, at):
    s = span()
    share = (at - s.x0) / s.size
    s.zoom(factor, at)
    assert s.x0 + share * s.size == pytest.approx(at)


def test_the_newest_bar_is_followed_until_someone_looks_away():
    s = span()
    s.appended(1000)
    assert s.follows
    s.pan(-100)
    x0 = s.x0
    s.appended(1001)
    assert not s.follows
    assert s.x0 == x0


def test_room_on_the_right_is_used_before_the_chart_moves():
    s = span()
    s.pan(50)
    x0 = s.x0
    s.appended(1000)
    assert s.x0 == x0
    assert s.follows
