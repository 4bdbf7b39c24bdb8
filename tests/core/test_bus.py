from dataclasses import dataclass

import pytest

from shared_modules.core.bus import EventBus


@dataclass(frozen=True)
class Ping:
    n: int = 0


@dataclass(frozen=True)
class Pong:
    n: int = 0


def test_listeners_hear_in_the_order_in_which_they_asked() -> None:
    bus, heard = EventBus(), list[str]()
    for name in "abc":
        bus.subscribe(Ping, lambda _, name=name: heard.append(name))
    bus.publish(Ping())
    assert heard == ["a", "b", "c"]


def test_only_those_who_asked_for_the_class_hear() -> None:
    bus, heard = EventBus(), list[object]()
    bus.subscribe(Ping, heard.append)
    bus.publish(Pong(1))
    bus.publish(Ping(2))
    assert heard == [Ping(2)]


def test_undoing_twice_is_safe() -> None:
    bus, heard = EventBus(), list[object]()
    undo = bus.subscribe(Ping, heard.append)
    undo()
    undo()
    bus.publish(Ping())
    assert heard == []


def test_a_late_second_undo_leaves_a_newer_subscription_alone() -> None:
    bus, heard = EventBus(), list[int]()

    def listen(event: Ping) -> None:
        heard.append(event.n)

    old = bus.subscribe(Ping, listen)
    old()
    bus.subscribe(Ping, listen)
    old()
    bus.publish(Ping(1))
    assert heard == [1]


def test_an_event_published_by_a_listener_waits_until_the_present_one_has_reached_everybody() -> None:
    bus, heard = EventBus(), list[object]()

    def answer(event: Ping) -> None:
        heard.append("answering")
        if event.n < 2:
            bus.publish(Ping(event.n + 1))

    bus.subscribe(Ping, answer)
    bus.subscribe(Ping, heard.append)
    bus.publish(Ping(0))
    assert heard == ["answering", Ping(0), "answering", Ping(1), "answering", Ping(2)]


def test_a_listener_undone_by_one_before_it_does_not_hear_the_event() -> None:
    bus, heard = EventBus(), list[object]()
    undo = [lambda: None]
    bus.subscribe(Ping, lambda _: undo[0]())
    undo[0] = bus.subscribe(Ping, heard.append)
    bus.publish(Ping())
    assert heard == []


def test_a_listener_may_undo_itself_while_it_hears() -> None:
    bus, heard = EventBus(), list[object]()

    def once(event: Ping) -> None:
        heard.append(event)
        undo()

    undo = bus.subscribe(Ping, once)
    bus.subscribe(Ping, heard.append)
    bus.publish(Ping(1))
    bus.publish(Ping(2))
    assert heard == [Ping(1), Ping(1), Ping(2)]


def test_one_who_asks_during_a_delivery_hears_the_next_event_first() -> None:
    bus, heard = EventBus(), list[object]()
    bus.subscribe(Ping, lambda e: bus.subscribe(Ping, heard.append) if e.n == 0 else None)
    bus.publish(Ping(0))
    assert heard == []
    bus.publish(Ping(1))
    assert heard == [Ping(1)]


def test_a_broken_listener_is_logged_and_the_others_are_served(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = EventBus(), list[object]()

    def broken(_: Ping) -> None:
        raise RuntimeError("out of order")

    bus.subscribe(Ping, broken)
    bus.subscribe(Ping, heard.append)
    bus.publish(Ping(1))
    bus.publish(Ping(2))
    assert heard == [Ping(1), Ping(2)]
    assert "a listener of Ping failed" in caplog.text
    assert "out of order" in caplog.text
