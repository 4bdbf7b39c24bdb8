"""The event bus: delivers by type, in order, on one thread."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")
_log = logging.getLogger(__name__)


class EventBus:
    """Hands each event to those who asked for its class, in the order in which they asked.

    Publishing from within a handler is allowed: the new event waits until the present one has reached everybody. An
    error in one handler is logged and does not keep the event from the others. Each subscription stands alone: a
    handler that subscribes twice is called twice, and undoing one leaves the other.
    """

    def __init__(self) -> None:
        self._handlers: dict[type, dict[object, Callable[[Any], None]]] = {}
        self._waiting: list[Any] = []
        self._delivering = False

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call ``handler`` for every ``kind`` until the returned function is called (twice is safe)."""
        handlers = self._handlers.setdefault(kind, {})
        ticket = object()
        handlers[ticket] = handler

        def undo() -> None:
            handlers.pop(ticket, None)

        return undo

    def publish(self, event: object) -> None:
        """Deliver ``event`` now, or after the one being delivered."""
        self._waiting.append(event)
        if self._delivering:
            return
        self._delivering = True
        try:
            for waiting in self._waiting:  # grows while handlers publish
                self._deliver(waiting)
        finally:
            self._waiting.clear()
            self._delivering = False

    def _deliver(self, event: object) -> None:
        handlers = self._handlers.get(type(event), {})
        for ticket, handler in tuple(handlers.items()):
            if ticket not in handlers:
                continue  # undone by a handler before it: a closed panel must not hear of it any more
            try:
                handler(event)
            except Exception:  # noqa: BLE001 - one broken listener must not silence the others
                _log.exception("a listener of %s failed", type(event).__name__)
