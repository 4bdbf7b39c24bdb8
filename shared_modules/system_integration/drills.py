"""Bad days on demand: the drills of the simulated exchange that the engine talks to, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared_modules.core.errors import UnknownName, Unreachable
from shared_modules.exchanges.simulated import DRILLS, Drill, FaultSwitch
from shared_modules.exchanges.transport import is_loopback

OTHER = "other"


@dataclass(frozen=True, slots=True)
class DrillState:
    """A drill as it stands: ``begun`` until it is stopped, ``active`` while it strikes, ``hits`` since it was begun.

    ``seed``: the one it was begun with, None before. The drill named 'other' stands for faults that nobody here began,
    such as those of a script.
    """

    drill: Drill
    begun: bool = False
    active: bool = False
    hits: int = 0
    seed: int | None = None


class Drills:
    """Begins and ends drills in the exchange at ``address()``, when that is a simulated one on this machine.

    All but the properties raise `Unreachable` when no simulated exchange answers there.
    """

    def __init__(self, address: Callable[[], str], switch: Callable[[str], FaultSwitch] = FaultSwitch) -> None:
        self._address, self._switch = address, switch
        self._numbers: dict[str, list[int]] = {}
        self._seeds: dict[str, int | None] = {}
        self._states: tuple[DrillState, ...] = tuple(DrillState(drill) for drill in DRILLS)
        self._at = ""

    @property
    def possible(self) -> bool:
        """Whether the address may be a simulated exchange: only those on this machine let their faults be switched."""
        return is_loopback(self._address())

    @property
    def states(self) -> tuple[DrillState, ...]:
        """Every drill as it stood at the last look."""
        return self._states

    @property
    def active(self) -> tuple[DrillState, ...]:
        """Those that struck at the last look."""
        return tuple(state for state in self._states if state.active)

    async def begin(self, name: str, seed: int | None = None) -> None:
        """Switch the drill on, anew when it is on already; raises `UnknownName`."""
        drill = next((d for d in DRILLS if d.name == name), None)
        if drill is None:
            raise UnknownName.of("drill", name, [d.name for d in DRILLS])
        switch = self._here()
        await self._end(switch, name)
        self._numbers[name] = await switch.add(drill.faults, seed)
        self._seeds[name] = seed
        await self.look()

    async def end(self, name: str) -> None:
        """Switch the drill off; nothing happens when it is off."""
        await self._end(self._here(), name)
        await self.look()

    async def end_all(self) -> None:
        """Switch everything off, also what others switched on."""
        await self._here().clear()
        self._numbers.clear()
        await self.look()

    async def look(self) -> tuple[DrillState, ...]:
        """Ask the exchange how its faults stand."""
        found = {int(fault["number"]): fault for fault in await self._here().faults()}
        states = [self._state(drill, found) for drill in DRILLS]
        ours = {number for numbers in self._numbers.values() for number in numbers}
        others = [fault for number, fault in found.items() if number not in ours]
        if others:
            kinds = ", ".join(sorted({str(fault["kind"]) for fault in others}))
            drill = Drill(OTHER, "Other faults", f"Switched on by a script or another program: {kinds}.", ())
            states.append(DrillState(drill, True, any(f["active"] for f in others), sum(f["hits"] for f in others)))
        self._states = tuple(states)
        return self._states

    def _state(self, drill: Drill, found: dict[int, dict[str, Any]]) -> DrillState:
        faults = [found[number] for number in self._numbers.get(drill.name, ()) if number in found]
        if not faults:
            return DrillState(drill)
        hits = sum(int(fault["hits"]) for fault in faults)
        return DrillState(drill, True, any(fault["active"] for fault in faults), hits, self._seeds.get(drill.name))

    async def _end(self, switch: FaultSwitch, name: str) -> None:
        if name == OTHER:
            ours = {number for numbers in self._numbers.values() for number in numbers}
            numbers = [int(f["number"]) for f in await switch.faults() if int(f["number"]) not in ours]
        else:
            known = {int(fault["number"]) for fault in await switch.faults()}
            numbers = [number for number in self._numbers.pop(name, []) if number in known]
        for number in numbers:
            await switch.clear(number)

    def _here(self) -> FaultSwitch:
        address = self._address()
        if not is_loopback(address):
            raise Unreachable("drills are for the simulated exchange; the terminal talks to a real one")
        if address != self._at:
            # another exchange knows nothing of the numbers
            self._at = address
            self._numbers.clear()
        return self._switch(address)
