"""A busy socket is read in turns; a quiet one and one that floods are read at once."""

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress

from shared_modules.exchanges.batching import BREATH, BUSY, COUNTED, FLOOD, REST, WORK, Batching, Portions


class Clock:
    """The loop's clock and its timers, moved by the test."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[tuple[float, int, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (self.now + delay, len(self._timers), call))

    def move(self, seconds: float) -> None:
        end = self.now + seconds
        while self._timers and self._timers[0][0] <= end:
            self.now, _, call = heapq.heappop(self._timers)
            call()
        self.now = end


class Socket:
    """Frames that wait while reading is paused; counts the turns in which some are read."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.paused = False
        self.waiting = self.read = self.turns = 0
        self.batching = Batching(self, self.clock)  # type: ignore[arg-type]

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False
        self._turn()

    def arrive(self, frames: int, rate: float) -> None:
        for _ in range(frames):
            self.clock.move(1 / rate)
            self.waiting += 1
            if not self.paused:
                self._turn()

    def _turn(self) -> None:
        found, self.waiting = self.waiting, 0
        self.turns += found > 0
        for _ in range(found):
            self.read += 1
            self.batching.frame()


def test_a_quiet_socket_is_read_frame_by_frame() -> None:
    socket = Socket()
    socket.arrive(1000, BUSY * 0.5)
    assert socket.turns == socket.read == 1000


def test_a_busy_socket_is_read_several_frames_at_a_time_and_loses_none() -> None:
    socket = Socket()
    socket.arrive(COUNTED, 2000)
    before = socket.turns
    socket.arrive(2000, 2000)
    socket.clock.move(REST)
    assert socket.turns - before < 2000 / (2000 * REST) * 1.2
    assert socket.read == COUNTED + 2000


def test_no_frame_waits_longer_than_the_rest() -> None:
    socket = Socket()
    socket.arrive(COUNTED + 1, 2000)
    assert socket.paused
    socket.waiting += 1
    socket.clock.move(REST)
    assert socket.waiting == 0


def test_a_sender_that_does_not_wait_is_not_slowed_down() -> None:
    socket = Socket()
    rate = 4 * FLOOD / REST
    socket.arrive(40_000, rate)
    assert socket.clock.now < 40_000 / rate * 1.001
    assert socket.turns > 30_000  # none is kept waiting after the first turn that brought so many


def test_a_socket_that_calms_down_is_read_at_once_again() -> None:
    socket = Socket()
    socket.arrive(1000, 2000)
    socket.arrive(2 * COUNTED, 50)
    before = socket.turns
    socket.arrive(100, 50)
    assert socket.turns - before == 100


async def test_a_real_loop_has_what_it_needs() -> None:
    loop = asyncio.get_running_loop()
    socket = Socket()
    Batching(socket, loop).frame()
    assert not socket.paused


class Worker:
    """Takes a millisecond of the clock for each text it is handed."""

    def __init__(self) -> None:
        self.socket = Socket()
        self.clock = self.socket.clock
        self.taken: list[bytes] = []
        self.fails_on = b""
        self.portions = Portions(self.take, self.socket.batching, self.clock, self.clock.time)  # type: ignore[arg-type]

    def take(self, text: bytes) -> None:
        self.taken.append(text)
        self.clock.now += 0.001
        if text == self.fails_on:
            raise OverflowError

    def read(self, texts: int) -> list[bytes]:
        """One reading of so many texts, as a socket hands them on."""
        self.clock.now += 1.0
        found = [b"%d" % n for n in range(texts)]
        for text in found:
            self.portions.put(text)
        return found


def test_what_one_turn_cannot_take_waits_for_the_next_in_its_order() -> None:
    worker = Worker()
    found = worker.read(40)
    assert 0 < len(worker.taken) <= WORK / 0.001 + 2
    before = len(worker.taken)
    worker.clock.move(BREATH)
    assert 0 < len(worker.taken) - before <= WORK / 0.001 + 2
    worker.clock.move(1.0)
    assert worker.taken == found


def test_nothing_is_read_while_something_waits() -> None:
    worker = Worker()
    worker.read(40)
    assert worker.socket.paused
    worker.clock.move(1.0)
    assert not worker.socket.paused
    worker.read(2)
    assert not worker.socket.paused


def test_a_socket_that_rests_and_waits_is_read_after_both() -> None:
    worker = Worker()
    batching = worker.socket.batching
    batching.hold()
    worker.read(40)
    batching.let_go()
    assert worker.socket.paused
    worker.clock.move(1.0)
    assert not worker.socket.paused


def test_the_rest_is_handed_on_at_the_end_or_let_go_when_nobody_wants_it() -> None:
    ended, left = Worker(), Worker()
    found = ended.read(40)
    ended.portions.finish()
    assert ended.taken == found
    left.read(40)
    before = list(left.taken)
    left.portions.forget()
    left.clock.move(1.0)
    assert left.taken == before
    assert not left.socket.paused


def test_a_text_that_cannot_be_taken_does_not_end_the_reading_of_the_socket() -> None:
    worker = Worker()
    worker.fails_on = b"20"
    found = worker.read(40)
    assert worker.socket.paused
    for _ in range(40):
        with suppress(ArithmeticError):
            worker.clock.move(BREATH)
    assert worker.taken == found
    assert not worker.socket.paused
