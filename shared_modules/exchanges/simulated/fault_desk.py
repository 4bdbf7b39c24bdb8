"""Which faults there are now, and whom they hit: by time, by count, and by a chance that depends on the seed alone."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from shared_modules.core.clock import Clock, SystemClock

from .faults import KINDS, Fault, FaultScript
from .kept import Kept
from .noise import unit

_REMEMBERED = 20_000
_LOG = 500


@dataclass(slots=True)
class _Entry:
    """A fault with what became of it; ``since``: monotonic seconds from which its times count."""

    number: int
    fault: Fault
    since: float
    draw: tuple[int, int]  # seed and number that decide whom a chance hits
    hits: int = 0
    seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    chosen: Kept[str, bool] = field(default_factory=lambda: Kept(_REMEMBERED))

    def active(self, now: float) -> bool:
        fault = self.fault
        passed = now - self.since - fault.at
        if passed < 0:
            return False
        if fault.every is not None:
            passed %= fault.every
        return fault.lasts is None or passed < fault.lasts

    @property
    def spent(self) -> bool:
        return self.fault.count is not None and self.hits >= self.fault.count

    @property
    def over(self) -> bool:
        """Whether it can strike no more: by its count, or as a fault of one moment that has happened."""
        return self.spent or (KINDS[self.fault.kind].at_once and self.fault.every is None and self.hits > 0)

    def due(self, now: float) -> bool:
        """Whether a fault of a moment is to happen once more."""
        fault = self.fault
        passed = now - self.since - fault.at
        if passed < 0:
            return False
        most = fault.count if fault.count is not None else (None if fault.every else 1)
        times = 1 if fault.every is None else int(passed // fault.every) + 1
        return self.hits < (times if most is None else min(times, most))


@dataclass(frozen=True, slots=True)
class FaultState:
    """A fault as it stands: its number, and how often it struck."""

    number: int
    fault: Fault
    active: bool
    hits: int


class FaultDesk:
    """Asked by every part of the exchange whether something is to go wrong there and now."""

    def __init__(self, script: FaultScript = FaultScript(), clock: Clock | None = None) -> None:  # noqa: B008 - frozen
        self._clock = clock or SystemClock()
        self._seed = script.seed
        self._numbers = 0
        self._entries: dict[str, list[_Entry]] = {}
        self.limits = script.limits
        self.log: deque[tuple[float, str]] = deque(maxlen=_LOG)
        self._began = self._clock.monotonic()
        for fault in script.faults:
            self.add(fault)

    @property
    def quiet(self) -> bool:
        """Whether nothing was ever asked of it: then nobody needs to ask."""
        return not self._entries

    def begin(self) -> None:
        """Let the times of the script count from now."""
        self._began = self._clock.monotonic()
        for entry in self._all():
            entry.since = self._began

    def add(self, fault: Fault, draw: tuple[int, int] | None = None) -> int:
        """Switch ``fault`` on; returns its number.

        ``draw``: a seed and a number that decide whom a chance hits, instead of the script's seed and its own number.
        """
        self._numbers += 1
        entry = _Entry(self._numbers, fault, self._clock.monotonic(), draw or (self._seed, self._numbers))
        self._entries.setdefault(fault.kind, []).append(entry)
        return entry.number

    def remove(self, number: int) -> bool:
        """Switch one fault off; False when there is no such number."""
        for kind, entries in list(self._entries.items()):
            kept = [e for e in entries if e.number != number]
            if len(kept) < len(entries):
                self._entries[kind] = kept
                return True
        return False

    def clear(self) -> None:
        """Switch every fault off."""
        for entries in self._entries.values():
            entries.clear()

    def states(self) -> tuple[FaultState, ...]:
        """Every fault, in the order in which they came."""
        now = self._clock.monotonic()
        found = [FaultState(e.number, e.fault, e.active(now) and not e.over, e.hits) for e in self._all()]
        return tuple(sorted(found, key=lambda s: s.number))

    def present(self, kind: str) -> Fault | None:
        """The fault of ``kind`` that is on now, whoever it hits."""
        entries = self._entries.get(kind)
        if not entries:
            return None
        now = self._clock.monotonic()
        return next((e.fault for e in entries if e.active(now) and not e.spent), None)

    def strikes(self, kind: str, subject: str, key: str | None = None) -> Fault | None:
        """The fault of ``kind`` that hits ``subject`` (a topic or a path) now; None when none does.

        With a ``key`` the same question has the same answer for ever; without, each is the next of its subject.
        """
        entries = self._entries.get(kind)
        if not entries:
            return None
        now = self._clock.monotonic()
        for entry in entries:
            if _concerns(entry.fault, subject) and entry.active(now) and self._chosen(entry, subject, key):
                return entry.fault
        return None

    def struck(self, kind: str, key: str) -> Fault | None:
        """The fault of ``kind`` that has hit ``key`` before, whether it is still on or not."""
        return next((e.fault for e in self._entries.get(kind, ()) if e.chosen.get(key)), None)

    def due(self) -> list[Fault]:
        """Faults of a moment that are to happen now; each is told once."""
        now, found = self._clock.monotonic(), []
        for entry in self._all():
            if KINDS[entry.fault.kind].at_once and entry.due(now):
                entry.hits += 1
                self.note(f"{entry.fault.kind} {entry.fault.symbol}".rstrip())
                found.append(entry.fault)
        return found

    def note(self, text: str) -> None:
        """Write down what was done, with the seconds since the start."""
        self.log.append((round(self._clock.monotonic() - self._began, 3), text))

    def _chosen(self, entry: _Entry, subject: str, key: str | None) -> bool:
        if key is not None and (known := entry.chosen.get(key)) is not None:
            return known
        if entry.spent:
            return False
        entry.seen[subject] += key is None
        address = key if key is not None else f"{subject}|{entry.seen[subject]}"
        hit = entry.fault.chance >= 1 or unit(*entry.draw, address) < entry.fault.chance
        if key is not None:
            entry.chosen.keep(key, hit)
        if hit:
            entry.hits += 1
            self.note(f"{entry.fault.kind} {address}")
        return hit

    def _all(self) -> Iterable[_Entry]:
        return [e for entries in self._entries.values() for e in entries]


def _concerns(fault: Fault, subject: str) -> bool:
    """Whether ``fault`` means ``subject``: a topic, or a path that begins with a slash."""
    if subject.startswith("/"):
        return fnmatchcase(subject[1:], fault.paths)
    return fnmatchcase(subject, fault.topics)
