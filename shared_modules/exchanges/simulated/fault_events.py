"""Faults of a moment: what happens to sockets, clock and markets when their time has come."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from shared_modules.core.errors import UnknownName

from .clock import VenueClock
from .fault_desk import FaultDesk
from .faults import Fault
from .feed import Feed
from .publisher import Publisher

_LOOK = 0.02
_NEVER = 1 << 62
_GOING_AWAY = 1001


class FaultEvents:
    """Looks for faults that are due, and makes them happen."""

    def __init__(self, desk: FaultDesk, publisher: Publisher, clock: VenueClock, feed: Feed) -> None:
        self._desk, self._publisher, self._clock, self._feed = desk, publisher, clock, feed
        self._listings = {symbol: contract.launch for symbol, contract in feed.contracts.items()}
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._shut = False

    def add(self, fault: Fault, draw: tuple[int, int] | None = None) -> int:
        """Switch ``fault`` on, see `FaultDesk.add`; raises `UnknownName` for a symbol that is not simulated."""
        self.check(fault)
        number = self._desk.add(fault, draw)
        self.look()
        return number

    def check(self, fault: Fault) -> None:
        """Raise `UnknownName` when ``fault`` names a symbol that is not simulated; hide one that is to be listed."""
        if fault.symbol and fault.symbol not in self._feed.contracts:
            raise UnknownName.of("simulated symbol", fault.symbol, self._feed.contracts)
        if fault.kind == "list":
            self._hide(fault.symbol)

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                self.look()
                await asyncio.sleep(_LOOK)
        finally:
            for goodbye in self._goodbyes:
                goodbye.cancel()

    def look(self) -> None:
        """Make happen what is due now."""
        for fault in self._desk.due():
            self._happen(fault)
        if self._desk.present("half_open"):
            for connection in self._publisher.connections:
                if not connection.deaf:
                    connection.silence()
        shut = self._desk.present("maintenance") is not None
        if shut and not self._shut:
            self._close_all()
        self._shut = shut

    def _happen(self, fault: Fault) -> None:
        if fault.kind == "drop":
            if fault.how == "close":
                self._close_all()
            else:
                for connection in list(self._publisher.connections):
                    connection.abort()
        elif fault.kind == "jump":
            self._clock.jump(fault.ms)
        elif fault.kind == "delist":
            self._hide(fault.symbol)
            self._publisher.silence(fault.symbol)
        elif fault.kind == "list":
            contract = self._feed.contracts[fault.symbol]
            first = -(-self._clock.now() // 60_000) * 60_000
            self._feed.relist(replace(contract, launch=max(self._listings[fault.symbol], first)))
        elif fault.kind == "tick_size":
            contract = self._feed.contracts[fault.symbol]
            self._feed.relist(replace(contract, finer_ticks=contract.finer_ticks + 1))

    def _hide(self, symbol: str) -> None:
        self._feed.relist(replace(self._feed.contracts[symbol], launch=_NEVER))

    def _close_all(self) -> None:
        for connection in list(self._publisher.connections):
            task = asyncio.get_running_loop().create_task(connection.goodbye(_GOING_AWAY), name="goodbye")
            self._goodbyes.add(task)
            task.add_done_callback(self._goodbyes.discard)

    async def close(self) -> None:
        """End what is under way."""
        for goodbye in list(self._goodbyes):
            goodbye.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await goodbye
