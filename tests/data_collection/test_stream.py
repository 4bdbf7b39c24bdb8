from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.stream import CandleTracker
from tests.fakes import NOW, bars_at, candle_at

MINUTE = 60_000


def tracker(expected: int = NOW) -> CandleTracker:
    made = CandleTracker(TIMEFRAMES["1m"])
    made.begin(expected)
    return made


def test_a_candle_closes_once_however_often_it_is_confirmed():
    t = tracker()
    assert [c.time for c in t.receive([candle_at(NOW)]).closed] == [NOW]
    step = t.receive([candle_at(NOW)])
    assert not step.closed
    assert [c.time for c in step.late] == [NOW]


def test_the_old_and_the_new_candle_may_come_in_one_message():
    step = tracker().receive([candle_at(NOW + MINUTE, False), candle_at(NOW)])
    assert [c.time for c in step.closed] == [NOW]
    assert step.updated is not None
    assert step.updated.time == NOW + MINUTE


def test_a_new_candle_before_the_old_one_was_confirmed_waits_for_it():
    t = tracker()
    t.receive([candle_at(NOW, False)])
    step = t.receive([candle_at(NOW + MINUTE, False, 0.2)])
    assert not step.closed
    assert step.updated is None
    assert t.hole == (NOW, NOW + MINUTE)
    assert t.hole_was_watched
    assert [c.time for c in t.repaired(bars_at([NOW]), NOW + MINUTE)] == [NOW]
    assert t.unfinished == candle_at(NOW + MINUTE, False, 0.2)


def test_a_running_candle_that_ended_without_confirmation_is_a_hole_when_a_later_one_is_confirmed():
    t = tracker()
    t.receive([candle_at(NOW, False)])
    assert not t.receive([candle_at(NOW + MINUTE)]).closed
    assert t.hole == (NOW, NOW + MINUTE)


def test_an_older_frame_of_the_running_candle_is_ignored():
    t = tracker()
    t.receive([candle_at(NOW, False, 0.6)])
    assert t.receive([candle_at(NOW, False, 0.4)]).updated is None
    assert t.receive([candle_at(NOW - MINUTE, False)]).updated is None
    assert t.unfinished == candle_at(NOW, False, 0.6)


def test_a_confirmed_message_wins_over_what_was_refetched():
    t = tracker()
    t.receive([candle_at(NOW + 2 * MINUTE)])
    confirmed = candle_at(NOW + MINUTE, share=2.0)
    t.receive([confirmed])
    closed = t.repaired(bars_at([NOW, NOW + MINUTE]), NOW + MINUTE)
    assert [c.time for c in closed] == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
    assert closed[1] == confirmed


@given(st.data())
def test_any_order_of_frames_closes_every_candle_once_and_in_order(data):
    count = data.draw(st.integers(1, 12))
    frames = [candle_at(NOW + i * MINUTE) for i in range(count)] * 2
    frames += [candle_at(NOW + i * MINUTE, False, share) for i in range(count) for share in (0.3, 0.7)]
    order = data.draw(st.permutations(frames))
    lost = data.draw(st.sets(st.integers(0, count - 1)))
    t = CandleTracker(TIMEFRAMES["1m"])
    begin_at = data.draw(st.integers(0, len(order)))
    closed = []
    for position, frame in enumerate(order):
        if position == begin_at:
            closed += t.begin(NOW)
        if not (frame.confirmed and (frame.time - NOW) // MINUTE in lost):
            closed += t.receive([frame]).closed
    if t.expected is None:
        closed += t.begin(NOW)
    end = NOW + count * MINUTE
    closed += t.repaired(bars_at(range(NOW, end, MINUTE)), end)
    assert [c.time for c in closed] == list(range(NOW, end, MINUTE))
    assert all(c == candle_at(c.time) for c in closed)
