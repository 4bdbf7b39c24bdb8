"""Prices at which a market turned or may turn: pivots of sessions, swings, and what is made of them."""

from collections.abc import Callable

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs
from .flow import SESSIONS
from .recursion import Recursion

FIBONACCI = (0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0)


def _sessions(about: str, finish: Callable[..., Outputs]) -> Recursion:
    """Levels from the last session's open, high, low, close and this one's open."""
    return Recursion(
        about,
        "previous_session",
        5,
        state=lambda **_: np.full(10, np.nan),
        numbers=lambda session: (SESSIONS[session],),
        finish=finish,
    )


def _classic(lines: Floats, _: Floats, **params: str) -> Outputs:
    _, high, low, close, _ = lines
    pivot = (high + low + close) / 3.0
    reach = high - low
    return (
        pivot, 2.0 * pivot - low, pivot + reach, high + 2.0 * (pivot - low),
        2.0 * pivot - high, pivot - reach, low - 2.0 * (high - pivot),
    )  # fmt: skip


def _fibonacci_pivots(lines: Floats, _: Floats, **params: str) -> Outputs:
    _, high, low, close, _ = lines
    pivot = (high + low + close) / 3.0
    reach = high - low
    over = tuple(pivot + share * reach for share in (0.382, 0.618, 1.0))
    return (pivot, *over, *(2.0 * pivot - level for level in over))


def _camarilla(lines: Floats, _: Floats, **params: str) -> Outputs:
    _, high, low, close, _ = lines
    steps = tuple(1.1 * (high - low) / part for part in (12.0, 6.0, 4.0, 2.0))
    return (*(close + step for step in steps), *(close - step for step in steps))


def _woodie(lines: Floats, _: Floats, **params: str) -> Outputs:
    _, high, low, _, opened = lines
    pivot = (high + low + 2.0 * opened) / 4.0
    known = np.where(np.isnan(high), np.nan, pivot)
    return known, 2.0 * known - low, known + high - low, 2.0 * known - high, known - high + low


pivots_classic = _sessions("Pivot, resistances and supports of the session after a whole one.", _classic)
pivots_fibonacci = _sessions("Pivot and the session's range times Fibonacci ratios around it.", _fibonacci_pivots)
pivots_camarilla = _sessions("Four lines above and four below the last session's close (Scott 1989).", _camarilla)
pivots_woodie = _sessions("Pivots that weigh this session's open instead of the last close (Woodie).", _woodie)
previous_session = _sessions(
    "Open, high, low and close of the last whole session.", lambda lines, _, **params: tuple(lines[:4])
)


def _swing_state(left: int, right: int) -> Floats:
    state = np.full(5 + 2 * (left + right + 1), np.nan)
    state[0] = 0.0
    return state


swings = Recursion(
    "Prices of the last swing high and low, from the bar on that confirmed them.",
    "swings",
    4,
    state=_swing_state,
    numbers=lambda left, right: (left, right),
    finish=lambda lines, _, **params: (lines[0], lines[1]),
)
swing_ages = Recursion(
    "Bars since the last confirmed swing high and low.",
    "swings",
    4,
    state=_swing_state,
    numbers=lambda left, right: (left, right),
    finish=lambda lines, _, **params: (lines[2], lines[3]),
)


def _retracements(lines: Floats, _: Floats, **params: int) -> Outputs:
    high, low, since_high, since_low = lines
    rising = since_high < since_low
    end, start = np.where(rising, high, low), np.where(rising, low, high)
    missing = np.isnan(high) | np.isnan(low)
    return tuple(np.where(missing, np.nan, end + share * (start - end)) for share in FIBONACCI)


fibonacci = Recursion(
    "Fibonacci retracements between the last confirmed swing high and low, 0 at the newer one.",
    "swings",
    4,
    state=_swing_state,
    numbers=lambda left, right: (left, right),
    finish=_retracements,
)


def _level_state(left: int, right: int, kept: int, tolerance: float, touches: int) -> Floats:
    state = np.zeros(2 + 3 * kept)
    return np.concatenate((state, _swing_state(left, right)))


support_resistance = Recursion(
    "The nearest level under and over the close at which swings turned several times.",
    "support_resistance",
    2,
    state=_level_state,
    numbers=lambda left, right, kept, tolerance, touches: (left, right, kept, tolerance / 100.0, touches),
)
zigzag = Recursion(
    "The last turn from which prices have since moved so many percent; known at the bar that did.",
    "zigzag",
    1,
    state=lambda **_: np.array([0.0, np.nan, np.nan, np.nan]),
    numbers=lambda percent: (percent / 100.0,),
)
