"""The candles that a live series holds in memory."""

from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.data_collection.series_state import CandleMemory
from tests.fakes import NOW, bars_at

MINUTE = 60_000


def minutes(first: int, count: int) -> Bars:
    return bars_at(NOW + MINUTE * i for i in range(first, first + count))


def test_bars_handed_out_stay_as_they_are_while_candles_come():
    memory = CandleMemory(64)
    memory.merge(minutes(0, 64))
    taken, copy = memory.bars(), memory.bars().copy()
    for n in range(64, 64 + 200):
        memory.add(minutes(n, 1).candle(0))
    assert taken.equals(copy)
    assert memory.bars().tail(64).equals(minutes(200, 64))


def test_the_room_of_a_series_is_there_from_the_start_and_does_not_grow_as_candles_come():
    memory = CandleMemory(64)
    memory.merge(minutes(0, 3))
    room = memory.bars().open.base.nbytes
    for n in range(3, 500):
        memory.add(minutes(n, 1).candle(0))
        assert memory.bars().open.base.nbytes == room


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.sampled_from(["add", "merge", "reset", "hold"]), st.integers(0, 30), st.integers(1, 30))),
)
def test_whatever_is_done_the_newest_so_many_are_held_and_told(most, steps):
    memory, truth = CandleMemory(most), Bars.empty()
    for step, first, count in steps:
        if step == "add":
            after = 0 if not len(truth) else (int(truth.time[-1]) - NOW) // MINUTE + 1
            for n in range(after, after + count):
                memory.add(minutes(n, 1).candle(0))
            truth = truth.merged(minutes(after, count))
        elif step == "merge":
            memory.merge(minutes(first, count))
            truth = truth.merged(minutes(first, count)).tail(most)
        elif step == "reset":
            memory.reset(minutes(first, count))
            truth = minutes(first, count).tail(most)
        else:
            most = count
            memory.hold(most)
            truth = truth.tail(most)
        assert min(most, len(truth)) <= len(memory) <= most + max(16, most // 10)
        truth = truth.tail(len(memory))
        assert memory.bars().equals(truth)
        times = truth.time.tolist()
        assert (memory.first, memory.last) == ((times[0], times[-1]) if times else (None, None))
        assert [memory.newest(n) for n in range(len(times) + 2)] == [None, *times[::-1], None]
