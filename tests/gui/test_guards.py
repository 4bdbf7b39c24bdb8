import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning

from tradebot_gui.guards import Guards


@pytest.fixture
def guards(tmp_path: Path) -> Iterator[Guards]:
    made = Guards(tmp_path / "logs")
    made.install()
    yield made
    made.remove()


def test_an_error_nobody_caught_becomes_a_sentence_and_a_trace_in_the_log(guards: Guards, caplog) -> None:
    try:
        raise ZeroDivisionError("nothing to divide by")
    except ZeroDivisionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert "nothing to divide by" in guards.errors[0]
    assert "Traceback" not in guards.errors[0]
    assert caplog.records[0].exc_info is not None


def test_a_dying_thread_is_told(guards: Guards) -> None:
    def work() -> None:
        raise ValueError("in a thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert "in a thread" in guards.errors[0]


async def test_a_lost_task_is_told(guards: Guards) -> None:
    loop = asyncio.get_running_loop()
    guards.watch(loop)
    loop.call_exception_handler({"message": "lost", "exception": RuntimeError("in a task")})
    loop.call_exception_handler({"message": "only words"})
    assert "in a task" in guards.errors[0]
    assert guards.errors[1] == "only words"


@pytest.mark.qt_log_ignore("from Qt")
def test_what_qt_says_is_in_the_log(guards: Guards, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        qWarning("a word from Qt")
    assert any("a word from Qt" in r.getMessage() for r in caplog.records)


def test_the_hooks_are_as_before_after_the_end(tmp_path: Path) -> None:
    before = (sys.excepthook, threading.excepthook)
    guards = Guards(tmp_path)
    guards.install()
    assert sys.excepthook is not before[0]
    guards.remove()
    assert (sys.excepthook, threading.excepthook) == before
