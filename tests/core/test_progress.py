import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.errors import Cancelled
from shared_modules.core.progress import Progress, ProgressReport


class Watch:
    """A stopwatch that stands still until it is set."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


class Recorder:
    def __init__(self, every: float = 0.0) -> None:
        self.watch = Watch()
        self.reports: list[ProgressReport] = []
        self.progress = Progress(self.reports.append, monotonic=self.watch, every=every)

    @property
    def shares(self) -> list[float]:
        return [r.share for r in self.reports]


def test_a_cancelled_work_stops_at_its_next_report() -> None:
    r = Recorder()
    r.progress.step(0.1)
    r.progress.cancel()
    assert r.progress.cancelled
    with pytest.raises(Cancelled):
        r.progress.step(0.2)
    with pytest.raises(Cancelled):
        r.progress.check()
    assert r.shares == [0.1]


def test_a_flag_from_outside_stops_the_work() -> None:
    flag = threading.Event()
    progress = Progress(stop=flag)
    progress.step(0.5)
    flag.set()
    with pytest.raises(Cancelled):
        progress.step(0.6)


def test_without_a_listener_a_report_is_only_a_place_to_stop() -> None:
    progress = Progress()
    progress.step(0.5, "half")
    progress.check()
    assert not progress.cancelled


def test_the_time_to_go_is_told_from_the_time_gone() -> None:
    r = Recorder()
    r.watch.time += 30
    r.progress.step(0.25, "a quarter")
    assert r.reports == [ProgressReport(0.25, "a quarter", 30.0, 90.0)]
    r.progress.step(1.0)
    assert r.reports[-1].eta == 0.0


def test_nothing_is_said_of_the_time_to_go_at_the_very_start() -> None:
    r = Recorder()
    r.watch.time += 1
    r.progress.step(0.0)
    assert r.reports[0].eta is None


def test_a_tight_loop_reports_seldom_but_always_its_end() -> None:
    r = Recorder(every=1.0)
    for i in range(1, 101):
        r.watch.time += 0.1
        r.progress.step(i / 100)
    assert r.shares[0] == 0.01
    assert r.shares[-1] == 1.0
    assert 9 <= len(r.shares) <= 12


def test_a_report_held_back_is_a_place_to_stop_all_the_same() -> None:
    r = Recorder(every=1000)
    r.progress.step(0.1)
    r.progress.cancel()
    with pytest.raises(Cancelled):
        r.progress.step(0.11)


@given(st.floats(allow_nan=False))
def test_a_share_stays_between_nothing_and_all(share: float) -> None:
    r = Recorder()
    r.progress.step(share)
    assert 0.0 <= r.shares[0] <= 1.0


def test_a_part_fills_its_own_stretch_of_the_whole() -> None:
    r = Recorder()
    r.progress.part(0.2, 0.6).step(0.5, "loading")
    r.progress.part(0.2, 0.6).step(2.0)
    assert r.shares == pytest.approx([0.4, 0.6])
    assert r.reports[0].text == "loading"


def test_a_part_of_a_part_fills_a_stretch_of_that_part() -> None:
    r = Recorder()
    r.progress.part(0.5, 1.0).part(0.0, 0.5).step(1.0)
    assert r.shares == [0.75]


def test_the_time_to_go_told_by_a_part_is_that_of_the_whole() -> None:
    r = Recorder()
    part = r.progress.part(0.0, 0.5)
    r.watch.time += 10
    part.step(1.0)
    assert r.reports[0].eta == 10.0


@pytest.mark.parametrize("who", ["whole", "part"])
def test_cancelling_either_stops_both(who: str) -> None:
    r = Recorder()
    part = r.progress.part(0, 0.5)
    (r.progress if who == "whole" else part).cancel()
    for progress in (r.progress, part):
        assert progress.cancelled
        with pytest.raises(Cancelled):
            progress.step(0.1)
        with pytest.raises(Cancelled):
            progress.check()


class Gate:
    """A flag that is set for so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def is_set(self) -> bool:
        self.looks -= 1
        return self.looks >= 0

    def set(self) -> None:
        self.looks = 1_000_000


def test_a_paused_work_waits_at_its_report_and_goes_on() -> None:
    naps: list[float] = []
    progress = Progress(pause=Gate(4), sleep=naps.append)
    progress.part(0.0, 0.5).step(0.5)
    assert len(naps) == 3
    progress.step(0.7)
    assert len(naps) == 3


def test_time_spent_paused_does_not_lengthen_the_time_to_go() -> None:
    watch, reports = Watch(), []
    gate = Gate(0)

    def sleep(_: float) -> None:
        watch.time += 500.0

    progress = Progress(reports.append, monotonic=watch, every=0.0, pause=gate, sleep=sleep)
    watch.time += 10.0
    gate.looks = 3
    progress.step(0.5)
    assert (reports[-1].elapsed, reports[-1].eta) == (10.0, 10.0)


def test_a_paused_work_can_be_stopped() -> None:
    stop = threading.Event()
    progress = Progress(stop=stop, pause=Gate(1_000_000), sleep=lambda _: stop.set())
    with pytest.raises(Cancelled):
        progress.check()
