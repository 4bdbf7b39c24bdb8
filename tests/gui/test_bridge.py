from dataclasses import dataclass

from PySide6.QtCore import QObject

from shared_modules.core.bus import EventBus
from shared_modules.core.events import Notice
from tests.gui.fixtures import until
from tradebot_gui.bridge import Bridge


async def test_of_many_events_only_the_newest_of_each_key_arrives(qapp) -> None:
    bus, owner, seen = EventBus(), QObject(), []
    bridge = Bridge(bus)
    bridge.newest(Notice, lambda e: e.level, lambda e: seen.append(e.text), owner)
    for n in range(1000):
        bus.publish(Notice("a", f"a{n}"))
        bus.publish(Notice("b", f"b{n}"))
    assert seen == []
    await until(lambda: seen)
    assert seen == ["a999", "b999"]


async def test_every_event_arrives_at_once_when_asked_so(qapp) -> None:
    bus, owner, seen = EventBus(), QObject(), []
    bridge = Bridge(bus)
    bridge.every(Notice, lambda e: seen.append(e.text), owner)
    bus.publish(Notice("a", "1"))
    bus.publish(Notice("a", "2"))
    assert seen == ["1", "2"]


async def test_nothing_reaches_a_widget_that_is_gone(qapp) -> None:
    bus, seen = EventBus(), []
    owner = QObject()
    bridge = Bridge(bus)
    bridge.newest(Notice, lambda e: e.level, seen.append, owner)
    undo = bridge.every(Notice, seen.append, owner)
    bus.publish(Notice("a", "waiting"))
    seen.clear()
    import shiboken6

    shiboken6.delete(owner)
    undo()
    bridge.flush()
    bus.publish(Notice("a", "later"))
    bridge.flush()
    assert seen == []


async def test_a_slowed_stream_is_delivered_in_the_end(qapp) -> None:
    bus, owner, seen = EventBus(), QObject(), []
    bridge = Bridge(bus, 60)
    bridge.newest(Notice, lambda e: 0, lambda e: seen.append(e.text), owner, most_per_second=20)
    bus.publish(Notice("a", "1"))
    await until(lambda: seen)
    bus.publish(Notice("a", "2"))
    bus.publish(Notice("a", "3"))
    await until(lambda: len(seen) > 1)
    assert seen == ["1", "3"]


async def test_a_flood_is_spread_over_frames_and_arrives_whole(qapp, monkeypatch) -> None:
    monkeypatch.setattr("tradebot_gui.bridge.BUDGET", -1.0)
    bus, owner, seen = EventBus(), QObject(), []
    bridge = Bridge(bus, 60)
    bridge.newest(Notice, lambda e: e.text, lambda e: seen.append(e.text), owner)
    for n in range(5):
        bus.publish(Notice("a", str(n)))
    await until(lambda: seen)
    assert seen == ["0"]
    await until(lambda: len(seen) == 5)
    assert sorted(seen) == ["0", "1", "2", "3", "4"]


@dataclass(frozen=True)
class _Often:
    key: int


@dataclass(frozen=True)
class _Seldom:
    key: int


async def test_a_stream_that_fills_every_frame_does_not_keep_the_others_waiting(qapp, monkeypatch) -> None:
    """An order book stood still for 19 s because the tickers of 550 symbols came first in every frame."""
    monkeypatch.setattr("tradebot_gui.bridge.BUDGET", -1.0)
    bus, owner, seen, flood = EventBus(), QObject(), [], []
    bridge = Bridge(bus, 60)

    def again(event: _Often) -> None:
        flood.append(event)
        bus.publish(event)

    bridge.newest(_Often, lambda e: e.key, again, owner)
    bridge.newest(_Seldom, lambda e: e.key, seen.append, owner)
    for n in range(5):
        bus.publish(_Often(n))
    for n in range(3):
        bus.publish(_Seldom(n))
    await until(lambda: len(seen) == 3 or len(flood) > 20)
    bridge.close()
    assert seen == [_Seldom(0), _Seldom(1), _Seldom(2)]
