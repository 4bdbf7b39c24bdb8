"""Whether any wish depends on bars that come after it: the future is changed, and the past must not notice.

A strategy is asked about a history, then about the same history with the future after some bar taken away, made
half or twice as high, mirrored or shuffled. Whatever it says about the bars before must stay. The bars chosen are
mostly those of its own wishes, since that is where a look ahead shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.progress import Progress
from shared_modules.strategies.base import Strategy

from .ground import FUTURES, PLOT, Column, Columns, Ground, alike, columns_of, differing
from .verdict import Verdict

CHECK = "look-ahead"

_WHOLE = 8_000  # bars up to which all of a history is probed; of longer ones windows are
_WINDOWS = 3
_CUTS_AT_WISHES, _CUTS_ANYWHERE = 8, 4
_PLAIN_RUNS = 2  # those with the real future
# bars computed in all windows together, however many there are; an eighth of it for who is handed one bar after the
# other, which takes long and leaves few ways to know a later one
_WORK = 600_000


@dataclass(frozen=True)
class Leak:
    """A value that changed with the future: ``column`` at ``row`` of ``ground``, whose first ``known`` bars stayed."""

    column: str
    row: int
    time: int
    real: Any
    other: Any
    ground: Ground
    known: int
    future: str
    seed: int = 0

    @property
    def matters(self) -> bool:
        """Whether it is a wish, and not a line of the chart alone."""
        return not self.column.startswith(PLOT)


@dataclass(frozen=True)
class Probed:
    """What was found: one leak a column, wishes first, and how much was tried.

    ``silent``: wishes that never came, which are tested the less. ``unsteady``: a column that differs between two
    runs over the same bars. ``changed``: a column of the candles that the strategy overwrote.
    """

    leaks: tuple[Leak, ...]
    runs: int
    silent: tuple[str, ...] = ()
    unsteady: str = ""
    changed: str = ""
    failed: str = ""


def probe(strategy: Strategy, ground: Ground, progress: Progress | None = None, seed: int = 7) -> Probed:
    """Try ``strategy`` on ``ground`` with other futures; raises what the strategy raises on the real history."""
    progress = Progress() if progress is None else progress
    rng = np.random.default_rng(seed)
    progress.step(0.0, "Looking for a look ahead")
    view = ground.view()
    whole = columns_of(strategy.signals(view))
    changed = _overwritten(ground, view.bars)
    # the copy that it left as it was serves once more; longer bars are made anew, nobody looked whether they changed
    untouched = not changed and not ground.higher
    again = columns_of(strategy.signals(replace(view) if untouched else ground.view()))
    unsteady = next((n for n in whole if n not in again or len(differing(whole[n], again[n], len(whole[n])))), "")
    n, runs, failed = len(view.bars), _PLAIN_RUNS, ""
    work = _WORK if type(strategy).signals is not Strategy.signals else _WORK // 8
    found: Found = {}
    if unsteady:
        return Probed((), runs, (), unsteady, changed)
    windows = list(_windows(strategy, ground, whole, n, rng))
    for w, window in enumerate(windows):
        part = progress.part(w / len(windows), (w + 1) / len(windows))
        real = whole if window is ground else columns_of(strategy.signals(window.view()))
        trials = list(_trials(real, rng, work // len(windows)))
        for i, (known, kind) in enumerate(trials):
            part.step(i / len(trials), f"Look ahead: the future {kind} after bar {known:,}")
            try:
                _compare(strategy, window, real, known, kind, found)
            except Exception as error:  # noqa: BLE001 - whatever the strategy raises where the data end earlier
                failed = f"with the future {kind} after {known:,} bars it raises {type(error).__name__}: {error}"
            runs += 1
    silent = tuple(name for name in _FLAGS if name in whole and not whole[name].any())
    leaks = [leak for (name, cut), leak in found.items() if not cut or (name, False) not in found]
    return Probed(tuple(sorted(leaks, key=_order)), runs, silent, "", changed, failed)


# the first leak of each column, those found with as many bars as there really are apart: they are clearer to explain
Found = dict[tuple[str, bool], Leak]
_FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short")


def _order(leak: Leak) -> tuple[bool, bool, int]:
    return not leak.matters, leak.future == FUTURES[0], leak.time


def _overwritten(ground: Ground, bars: Any) -> str:
    kept = ground.bars()
    names = ("time", "open", "high", "low", "close", "volume", "turnover")
    return next((n for n in names if not alike(getattr(kept, n), getattr(bars, n))), "")


def _windows(strategy: Strategy, ground: Ground, whole: Columns, n: int, rng: np.random.Generator) -> Iterator[Ground]:
    """The whole history where it is short, else windows that end soon after a wish."""
    ratio = max((frame.ms for frame in ground.higher), default=0) // ground.frame.ms
    size = max(_WHOLE // 2, 3 * strategy.warmup_on(ground.frame), 60 * ratio)
    if n <= max(_WHOLE, size):
        yield ground
        return
    for rows in _by_column(whole, _WINDOWS, rng, n):
        end = min(n, max(size, int(rows) + size // 8))
        yield ground.rows(end - size, end)


def _by_column(columns: Columns, count: int, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """``count`` rows: of each kind of wish in turn one at which it came, the rarest first; any where there are none."""
    at = sorted((np.flatnonzero(columns[name]) for name in _FLAGS if columns[name].any()), key=len)
    rows = [rng.choice(at[i % len(at)]) for i in range(count)] if at else rng.integers(0, n, count).tolist()
    return np.unique(np.array(rows, np.int64))


def _trials(real: Columns, rng: np.random.Generator, work: int) -> Iterator[tuple[int, str]]:
    """How many bars stay known, and what future follows; in all ``work`` bars at most, or two rounds of futures."""
    n = len(next(iter(real.values())))
    if n < 3:
        return
    cuts = np.r_[_by_column(real, _CUTS_AT_WISHES, rng, n) + 1, rng.integers(n // 4, n, _CUTS_ANYWHERE)]
    cuts = np.unique(cuts[(cuts > 0) & (cuts < n)])
    kinds = len(FUTURES)
    most = max(2 * kinds, work // n)
    trials = [(int(cut), FUTURES[k]) for cut in rng.permutation(cuts) for k in range(kinds)]
    yield from trials[:most]


def _compare(strategy: Strategy, window: Ground, real: Columns, known: int, kind: str, found: Found) -> None:
    """Note in ``found`` the first bar of each column that changes with the future after ``known`` bars."""
    other = columns_of(strategy.signals(window.with_future(known, kind).view()))
    times = window.bars().time
    for name in dict.fromkeys((*real, *other)):
        rows, values = _unlike(real.get(name), other.get(name), known)
        key = (name, kind == FUTURES[0])
        if len(rows) and (key not in found or times[rows[0]] < found[key].time):
            row = int(rows[0])
            found[key] = Leak(name, row, int(times[row]), values[0], values[1], window, known, kind)


def _unlike(one: Column | None, two: Column | None, known: int) -> tuple[NDArray[np.int64], tuple[Any, Any]]:
    """Rows before ``known`` at which two columns differ, and the two values at the first."""
    if one is None or two is None:
        return np.zeros(1, np.int64), ("absent" if one is None else "given", "absent" if two is None else "given")
    rows = differing(one, two, known)
    return rows, (one[rows[0]].item(), two[rows[0]].item()) if len(rows) else (None, None)


def look_ahead(strategy: Strategy, grounds: Sequence[Ground], progress: Progress) -> Verdict:
    """The verdict on ``strategy`` over the histories of some symbols, with the line to blame where it looks ahead."""
    probed = []
    for i, ground in enumerate(grounds):
        probed.append(probe(strategy, ground, progress.part(0.9 * i / len(grounds), 0.9 * (i + 1) / len(grounds))))
        if probed[-1].leaks or probed[-1].unsteady or probed[-1].changed:
            break
    last, runs = probed[-1], sum(p.runs for p in probed)
    if last.changed:
        return Verdict(
            CHECK, "bad", f"The strategy overwrites the candles it is given ('{last.changed}'); "
            "everything computed after that is of other prices than the market's.", ("Work on a copy.",)
        )  # fmt: skip
    if last.unsteady:
        return Verdict(
            CHECK, "bad", f"Two runs over the same bars give another '{last.unsteady}': this result can't be repeated.",
            ("Random numbers need a seed that is a parameter; nothing may be kept from one run to the next.",)
        )  # fmt: skip
    if not last.leaks:
        return _clean(probed, runs)
    progress.step(0.9, "Finding the line that looks ahead")
    return _caught(strategy, last.leaks, runs)


def _clean(probed: list[Probed], runs: int) -> Verdict:
    details = [f"{p.failed}." for p in probed if p.failed]
    silent = sorted(set.intersection(*(set(p.silent) for p in probed))) if probed else []
    if silent:
        details.append(f"Never asked for in this time, so tested less: {', '.join(silent)}.")
    if max(p.runs for p in probed) <= _PLAIN_RUNS:
        return Verdict(CHECK, "unknown", "There are too few bars to change the future after some of them.")
    if len(silent) == len(_FLAGS):
        text = (
            f"It wished for nothing in this time, so there is little to test: {runs} runs changed no line of the chart."
        )
        return Verdict(CHECK, "unknown", text)
    if details and probed[-1].failed:
        return Verdict(CHECK, "warning", "No look ahead was seen, but the strategy fails on shorter data.", (*details,))
    return Verdict(
        CHECK, "good", f"No look ahead: {runs} runs with other futures changed nothing before them.", (*details,)
    )


def _caught(strategy: Strategy, leaks: tuple[Leak, ...], runs: int) -> Verdict:
    from .blame import blame

    first = leaks[0]
    found = blame(strategy, first)
    what = f"'{first.column}'" if first.matters else f"The line '{first.column.removeprefix(PLOT)}' of the chart"
    text = f"{what} at {moment(first.time)} knows later bars: {found}."
    details = (
        f"At {moment(first.time)} {first.column} is {_value(first.real)}; with the future {first.future} after "
        f"{moment(first.ground.end_of(first.known - 1))} it is {_value(first.other)}.",
        *(f"{leak.column} changes at {moment(leak.time)}, too." for leak in leaks[1:]),
        f"{runs} runs with other futures.",
    )
    if not found.certain:
        details += ("The line was found by its look alone: the run could not be watched.",)
    return Verdict(CHECK, "bad" if first.matters else "warning", text, details)


def moment(ms: int) -> str:
    """A time in UTC, as texts tell it."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.8g}" if isinstance(value, float) else str(value)
