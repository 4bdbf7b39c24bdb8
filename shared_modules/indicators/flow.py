"""What was traded, at what prices, and by which side as far as bars can tell."""

from datetime import UTC, datetime

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.errors import OutOfRange

from .finite import Outputs, on_finite
from .recursion import Recursion
from .windows import ratio, window_means, window_spread, window_squares, window_sums

SESSIONS = {"never": 0, "day": 1, "week": 2, "month": 3}

session_vwap = Recursion(
    "Mean price by volume since the UTC day, week or month began, and its deviations around it.",
    "vwap",
    3,
    state=lambda **_: np.zeros(4),
    numbers=lambda session, width: (SESSIONS[session], width, -np.inf),
)
anchored_vwap = Recursion(
    "Mean price by volume since the first bar of a day, and its deviations around it.",
    "vwap",
    3,
    state=lambda **_: np.zeros(4),
    numbers=lambda anchor, width: (SESSIONS["never"], width, day_start(anchor)),
)


def day_start(day: int) -> float:
    """Start of the UTC day written as yyyymmdd, in ms; raises `OutOfRange` for no day."""
    try:
        return datetime.strptime(str(day), "%Y%m%d").replace(tzinfo=UTC).timestamp() * 1000.0
    except ValueError:
        raise OutOfRange(f"'anchor' must be a day written as yyyymmdd, not {day}", parameter="anchor") from None


def rolling_vwap(
    high: Floats, low: Floats, close: Floats, volume: Floats, period: int = 50, width: float = 2.0
) -> Outputs:
    """Mean price by volume of ``period`` bars, and its deviations around it; without any volume the plain mean."""

    def lines(h: Floats, lo: Floats, c: Floats, v: Floats) -> Outputs:
        price = (h + lo + c) / 3.0
        weight = window_sums(v, period)
        plain = window_means(price, period)
        middle = np.where(weight == 0.0, plain, ratio(window_sums(v * price, period), weight))
        spread = width * np.sqrt(ratio(window_squares(price, middle, v, period), weight))
        return middle, middle + spread, middle - spread

    return on_finite(lines, 3, high, low, close, volume)


def volume_delta(
    open: Floats, high: Floats, low: Floats, close: Floats, volume: Floats, method: str = "body"
) -> Floats:
    """Bought less sold volume, estimated: candles do not tell who was the taker.

    'body': volume times body over range; 'colour': all of it with the body's sign; 'place': by where in its range the
    bar closed.
    """

    def line(o: Floats, h: Floats, lo: Floats, c: Floats, v: Floats) -> Outputs:
        if method == "colour":
            return (v * np.sign(c - o),)
        part = c - o if method == "body" else 2.0 * c - h - lo
        return (v * ratio(part, h - lo),)

    return on_finite(line, 1, open, high, low, close, volume)[0]


_total = Recursion(
    "Sum since the session's first bar.",
    "total",
    1,
    state=lambda **_: np.zeros(2),
    numbers=lambda session: (SESSIONS[session],),
)


def cumulative_delta(
    time: Floats,
    open: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    session: str = "day",
    method: str = "body",
) -> Floats:
    """Cumulative volume delta: `volume_delta`, an estimate from candles, summed since the session began."""
    return _total(time, volume_delta(open, high, low, close, volume, method), session=session)[0]


class DeltaSteps:
    """`cumulative_delta` bar by bar."""

    def __init__(self, session: str, method: str) -> None:
        self._total, self._method = _total.steps(session=session), method

    def update(self, values: tuple[float, ...]) -> tuple[float, ...]:
        return self._total.update((values[0], self._delta(values)))

    def peek(self, values: tuple[float, ...]) -> tuple[float, ...]:
        return self._total.peek((values[0], self._delta(values)))

    def extend(self, columns: Floats) -> Outputs:
        opened, high, low, close, volume = columns[1:]
        delta = volume_delta(opened, high, low, close, volume, self._method)
        return self._total.extend(np.array((columns[0], delta)))

    def _delta(self, values: tuple[float, ...]) -> float:
        opened, high, low, close, volume = (np.array([v]) for v in values[1:])
        return float(volume_delta(opened, high, low, close, volume, self._method)[0])


volume_profile = Recursion(
    "Price of most volume in the window (POC) and the edges of the band around it that holds most of it (VAH, VAL).",
    "volume_profile",
    3,
    state=lambda **_: np.empty(0),
    numbers=lambda period, rows, share: (period, rows, share / 100.0),
)


def volume_zscore(volume: Floats, period: int = 50) -> Floats:
    """Distance of the volume from its mean of ``period`` bars in standard deviations; 0 where it does not change."""

    def line(v: Floats) -> Outputs:
        return (ratio(v - window_means(v, period), window_spread(v, period)),)

    return on_finite(line, 1, volume)[0]


def ease_of_movement(high: Floats, low: Floats, volume: Floats, period: int = 14) -> Floats:
    """Mean over ``period`` bars of the middle's way times the range, per unit of volume, as a share of the price.

    Arms 1996; taken relative to price and mean volume, so that it compares between symbols.
    """

    def line(h: Floats, lo: Floats, v: Floats) -> Outputs:
        middle = (h + lo) / 2.0
        way = np.diff(middle) / middle[:-1]
        usual = window_means(v, period)[1:]
        moved = 1e4 * way * ((h - lo) / middle)[1:] * ratio(usual, v[1:])
        known = window_means(moved[period - 2 :], period)
        return (np.concatenate((np.full(len(h) - len(known), np.nan), known)),)

    return on_finite(line, 1, high, low, volume)[0]


def mean_trade_price(volume: Floats, turnover: Floats) -> Floats:
    """Turnover over volume: the mean price at which the bar's volume was traded; nothing without volume."""
    return on_finite(lambda v, q: (ratio(q, v, np.nan),), 1, volume, turnover)[0]
