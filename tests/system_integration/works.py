"""Works for worker processes: they must be importable by a spawned child."""

import os
import time

from shared_modules.core.bars import Bars
from shared_modules.core.errors import DataFormatError, Throttled
from shared_modules.core.progress import Progress


def add(a: int, b: int, progress: Progress) -> int:
    progress.step(0.5, "half")
    progress.step(1.0, "done")
    return a + b


def mean_close(bars: Bars, progress: Progress) -> tuple[int, float]:
    return len(bars), float(bars.close.mean())


def echo(bars: Bars, progress: Progress) -> Bars:
    return bars


def until_stopped(progress: Progress) -> None:
    while True:
        progress.step(0.1, "waiting for Stop")
        time.sleep(0.005)  # the work of a real job


def deaf(progress: Progress) -> None:
    progress.step(0.1, "deaf from here")
    while True:
        time.sleep(0.01)


def refuse(progress: Progress) -> None:
    raise DataFormatError("row 7 of x.csv is not a number", row=7)


def throttled(progress: Progress) -> None:
    raise Throttled("too many", retry_after=3.5)


def break_down(progress: Progress) -> None:
    raise ZeroDivisionError("by zero")


def die(progress: Progress) -> None:
    os._exit(3)


def process_id(progress: Progress) -> int:
    return os.getpid()


def unpicklable(progress: Progress) -> object:
    return lambda: None


def count_files(folder: str, progress: Progress) -> int:
    """How many files there are, once there is one."""
    while not os.listdir(folder):
        progress.step(0.1, "waiting for a file")
        time.sleep(0.005)
    progress.step(0.5, "found")
    return len(os.listdir(folder))


def process_id_later(progress: Progress) -> int:
    time.sleep(0.1)  # so that another work needs another process
    return os.getpid()


def nothing(progress: Progress) -> None:
    pass
