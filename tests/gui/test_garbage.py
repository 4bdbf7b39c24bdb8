"""Cycles that hold Qt objects are destroyed on the window's thread, whoever allocates."""

import gc
import threading

from PySide6.QtCore import QObject, QTimer

from tradebot_gui.garbage import GarbageTimer


def test_a_worker_that_allocates_does_not_destroy_qt_objects(qtbot):
    garbage = GarbageTimer()
    destroyed_in: list[int] = []
    try:
        owner = QObject()
        owner.destroyed.connect(lambda: destroyed_in.append(threading.get_ident()))
        owner.itself = owner  # a cycle: only the collector can free it
        QTimer(owner).start(1)
        del owner
        worker = threading.Thread(target=lambda: [[i] for i in range(300_000)])
        worker.start()
        worker.join()
        assert destroyed_in == []
        gc.collect()
        assert destroyed_in == [threading.get_ident()]
    finally:
        garbage.close()


def test_what_is_due_is_collected_and_closing_gives_the_collector_back(qtbot):
    was = gc.isenabled()
    gc.enable()
    garbage = GarbageTimer()
    try:
        assert not gc.isenabled()
        waste = [[] for _ in range(5_000)]
        for item in waste:
            item.append(item)
        del waste, item
        before = gc.get_count()[0]
        garbage.collect_due()
        assert gc.get_count()[0] < before
        garbage.settle()
    finally:
        garbage.close()
        garbage.close()
    assert gc.isenabled()
    if not was:
        gc.disable()
