import asyncio
import logging
import threading
from collections.abc import Callable
from time import perf_counter, thread_time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.gui.fixtures import until
from tests.gui.unblocked import Turns
from tradebot_gui.watchdog import Block, Sampler, Watchdog


def compute(ms: float) -> None:
    end = thread_time() + ms / 1000
    while thread_time() < end:
        pass


@pytest.fixture
def watchdog(qapp: QApplication):
    made = Watchdog()
    made.begin()
    yield made
    made.stop()


async def test_what_kept_the_loop_is_named_and_logged(watchdog: Watchdog, caplog: pytest.LogCaptureFixture) -> None:
    told: list[Block] = []
    watchdog.blocked.connect(told.append)
    with caplog.at_level(logging.INFO, "tradebot_gui.watchdog"):
        QTimer.singleShot(0, lambda: compute(200))
        await until(lambda: any(b.cpu_ms >= 150 for b in told))
    block = next(b for b in told if b.cpu_ms >= 150)
    assert any("compute" in call for call in block.where)
    assert watchdog.longest >= 150
    assert watchdog.recent >= 150
    assert any("of it computing" in r.getMessage() for r in caplog.records)


async def test_sixty_milliseconds_are_told_wherever_the_timer_stands(watchdog: Watchdog) -> None:
    told: list[Block] = []
    watchdog.blocked.connect(told.append)
    for delay in (0.0, 0.003, 0.006, 0.009):
        told.clear()
        await asyncio.sleep(delay)
        QTimer.singleShot(0, lambda: compute(60))
        await until(lambda: any(b.cpu_ms >= 50 and "compute" in " ".join(b.where) for b in told))


async def test_the_guard_fails_a_test_whose_loop_was_kept_too_long(qapp: QApplication) -> None:
    turns = Turns()
    done: list[bool] = []
    QTimer.singleShot(0, lambda: (compute(turns.limit + 10), done.append(True)))
    await turns.until(lambda: done)
    turns.close()
    with pytest.raises(AssertionError, match="compute"):
        turns.judge()


async def test_a_loop_that_turns_is_not_told_of(watchdog: Watchdog) -> None:
    for _ in range(20):
        await asyncio.sleep(0)
        QApplication.processEvents()
    assert all(b.cpu_ms < 50 for b in watchdog.blocks)


def test_stopping_twice_is_safe(watchdog: Watchdog) -> None:
    watchdog.stop()
    watchdog.stop()


@pytest.mark.parametrize(
    "where", [lambda f: QTimer.singleShot(0, f), lambda f: asyncio.get_running_loop().call_soon(f)]
)
async def test_the_guard_of_tests_sees_a_slow_turn_and_who_it_was(
    qapp: QApplication, where: Callable[[Callable[[], None]], object]
) -> None:
    turns = Turns()
    done: list[bool] = []
    where(lambda: (compute(200), done.append(True)))
    await turns.until(lambda: done)
    turns.close()
    assert turns.longest >= 190
    assert any("compute" in call for call in turns.where)


def test_whoever_looks_at_a_late_loop_ends_none_of_its_objects_elsewhere() -> None:
    """A painter or an index of Qt that ends in another thread than its own crashes the program."""
    ended: list[int] = []

    class Held:
        def __del__(self) -> None:
            ended.append(threading.get_ident())

    def turn() -> None:
        kept = [Held()]
        len([str(n) for n in range(200)])
        kept.append(Held())

    own = threading.get_ident()
    sampler = Sampler(every=0.001)
    sampler.start()
    try:
        end = thread_time() + 0.4
        while thread_time() < end:
            for _ in range(50):
                turn()
            sampler.ticked(float("-inf"))  # as if the loop had been late since ever
    finally:
        sampler.stop()
    assert sampler.looked > 5
    assert set(ended) == {own}


def test_calls_are_told_from_the_loop_inwards() -> None:
    sampler = Sampler(every=0.001)
    sampler.start()
    sampler.ticked(float("-inf"))
    compute(150)
    calls = sampler.ticked(perf_counter())
    sampler.stop()
    assert len(calls) <= 12
    assert any("compute" in call for call in calls[-2:])


async def test_what_other_threads_computed_meanwhile_is_told_beside(watchdog: Watchdog) -> None:
    told: list[Block] = []
    watchdog.blocked.connect(told.append)
    ended = threading.Event()

    def busy() -> None:
        while not ended.is_set():
            compute(5)

    beside = threading.Thread(target=busy)
    beside.start()
    try:
        QTimer.singleShot(0, lambda: compute(120))
        await until(lambda: any(b.others_ms > 20 and "compute" in str(b.others) for b in told))
    finally:
        ended.set()
        beside.join()
    assert any("other threads computed" in str(b) for b in told)
