"""Compiled recursions, each both the whole computation and the single step: the state is carried in an array.

All take (state, columns, outputs, numbers): ``columns`` of shape (inputs, bars), ``outputs`` of shape (lines, bars) to
be written, ``state`` changed in place so that the next call goes on where this one ended. Importing this module loads
numba.
"""

import math

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.compiling import compiled, higher, lower

_DAY = 86_400_000.0
NEVER, DAY, WEEK, MONTH = 0, 1, 2, 3


@compiled
def session_of(time: float, kind: float) -> float:
    """Number of the UTC day, week (from Monday) or month in which ``time`` (ms) lies."""
    day = math.floor(time / _DAY)
    if kind == DAY:
        return day
    if kind == WEEK:
        return math.floor((day + 3) / 7)
    if kind == NEVER:
        return 0.0
    # civil month from days, by eras of 400 years that begin in March
    z = int(day) + 719468
    era = z // 146097
    in_era = z - era * 146097
    year = (in_era - in_era // 1460 + in_era // 36524 - in_era // 146096) // 365
    in_year = in_era - (365 * year + year // 4 - year // 100)
    return float(12 * (400 * era + year) + (5 * in_year + 2) // 153)


@compiled
def vwap(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """Mean price by volume since the session's or anchor's first bar, with volume-weighted deviations around it.

    state: session, volume, mean, sum of squares. numbers: kind of session, width, anchor time.
    """
    time, high, low, close, volume = columns
    for i in range(len(time)):
        for k in range(3):
            outputs[k, i] = np.nan
        if time[i] < numbers[2]:
            continue
        session = session_of(time[i], numbers[0])
        if session != state[0]:
            state[0], state[1], state[2], state[3] = session, 0.0, 0.0, 0.0
        price = (high[i] + low[i] + close[i]) / 3.0
        state[1] += volume[i]
        if state[1] > 0.0:
            off = price - state[2]
            state[2] += off * volume[i] / state[1]
            state[3] += volume[i] * off * (price - state[2])
            spread = numbers[1] * math.sqrt(max(0.0, state[3] / state[1]))
            outputs[0, i] = state[2]
            outputs[1, i] = state[2] + spread
            outputs[2, i] = state[2] - spread


@compiled
def total(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """Running sum of the second column since the session's first bar; state: session, sum; numbers: kind of session."""
    time, values = columns
    for i in range(len(time)):
        session = session_of(time[i], numbers[0])
        if session != state[0]:
            state[0], state[1] = session, 0.0
        state[1] += values[i]
        outputs[0, i] = state[1]


@compiled
def previous_session(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """Open, high, low and close of the last whole session, and this one's open.

    state: session, whether it was seen from its start, its open, high, low, close, then the last one's four prices.
    numbers: kind of session. A session is whole if a bar opened with it, or bars of an earlier one were seen.
    """
    time, opened, high, low, close = columns
    for i in range(len(time)):
        session = session_of(time[i], numbers[0])
        if session != state[0]:
            earlier = state[0] == state[0]
            if earlier and state[1] > 0.0:
                for k in range(2, 6):
                    state[k + 4] = state[k]
            begins = session_of(time[i] - 1.0, numbers[0]) != session
            state[0], state[1] = session, 1.0 if earlier or begins else 0.0
            state[2], state[3], state[4] = opened[i], high[i], low[i]
        state[3], state[4], state[5] = max(state[3], high[i]), min(state[4], low[i]), close[i]
        for k in range(4):
            outputs[k, i] = state[k + 6]
        outputs[4, i] = state[2]


@compiled
def variance(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """Expected deviation of the next log return, in percent: v = omega + alpha r² + beta v.

    state: close before (NaN at first), variance. numbers: omega, alpha, beta, first variance (0: the first r²).
    """
    close = columns[0]
    for i in range(len(close)):
        outputs[0, i] = np.nan
        if state[0] == state[0]:
            squared = math.log(close[i] / state[0]) ** 2
            if state[1] != state[1]:
                state[1] = numbers[3] if numbers[3] > 0.0 else squared
            state[1] = numbers[0] + numbers[1] * squared + numbers[2] * state[1]
            outputs[0, i] = 100.0 * math.sqrt(state[1])
        state[0] = close[i]


@compiled
def mcginley(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """McGinley's average; state: its last value (NaN at first). numbers: period, constant."""
    for i in range(columns.shape[1]):
        price = columns[0, i]
        if state[0] != state[0]:
            state[0] = price
        else:
            ratio = price / state[0]
            state[0] += (price - state[0]) / max(1.0, numbers[1] * numbers[0] * ratio**4)
        outputs[0, i] = state[0]


@compiled
def two_poles(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """y = a (x + x') / 2 + b y' + c y''; state: x', y', y'' (NaN at first). numbers: a, b, c."""
    for i in range(columns.shape[1]):
        x = columns[0, i]
        if state[0] != state[0]:
            state[0], state[1], state[2] = x, x, x
        y = numbers[0] * (x + state[0]) / 2.0 + numbers[1] * state[1] + numbers[2] * state[2]
        state[0], state[2], state[1] = x, state[1], y
        outputs[0, i] = y


@compiled
def fisher(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """Fisher's transform of places between 0 and 1, smoothed, and its value at the bar before; state: x, value.

    Beyond 0.99 the place counts as 0.999, as Ehlers has it: the transform knows no 1.
    """
    for i in range(columns.shape[1]):
        x = 0.66 * (columns[0, i] - 0.5) + 0.67 * state[0]
        state[0] = 0.999 if x > 0.99 else -0.999 if x < -0.99 else x
        outputs[1, i] = state[1]
        state[1] = 0.5 * math.log((1.0 + state[0]) / (1.0 - state[0])) + 0.5 * state[1]
        outputs[0, i] = state[1]


@compiled
def _swing(state: Floats, high: float, low: float, left: int, right: int) -> int:
    """Take in one bar; 1 if it confirms a swing high, 2 a low, 3 both.

    state: bars seen, last high, last low, bars since each, then the newest highs and lows in a ring.
    """
    span = left + right + 1
    seen = int(state[0])
    highs, lows = state[5 : 5 + span], state[5 + span : 5 + 2 * span]
    highs[seen % span], lows[seen % span] = high, low
    state[0] += 1.0
    state[3] += 1.0
    state[4] += 1.0
    if seen + 1 < span:
        return 0
    middle = seen - right
    is_high, is_low = True, True
    for k in range(1, left + 1):
        is_high &= highs[(middle - k) % span] < highs[middle % span]
        is_low &= lows[(middle - k) % span] > lows[middle % span]
    for k in range(1, right + 1):
        is_high &= highs[(middle + k) % span] <= highs[middle % span]
        is_low &= lows[(middle + k) % span] >= lows[middle % span]
    if is_high:
        state[1], state[3] = highs[middle % span], float(right)
    if is_low:
        state[2], state[4] = lows[middle % span], float(right)
    return int(is_high) + 2 * int(is_low)


@compiled
def swings(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """Prices of the last confirmed swing high and low, and the bars since each; numbers: bars left and right."""
    left, right = int(numbers[0]), int(numbers[1])
    for i in range(columns.shape[1]):
        _swing(state, columns[0, i], columns[1, i], left, right)
        for k in range(4):
            outputs[k, i] = state[k + 1]


@compiled
def _cluster(prices: Floats, levels: Floats, touches: Floats, tolerance: float) -> int:
    """Group ``prices`` that lie within ``tolerance`` of their group's mean; returns how many levels were written."""
    found, count = 0, len(prices)
    ordered = np.empty(count)
    for i in range(count):  # few, and numba's own sort takes seconds to compile
        k = i
        while k > 0 and ordered[k - 1] > prices[i]:
            ordered[k] = ordered[k - 1]
            k -= 1
        ordered[k] = prices[i]
    for i in range(count):
        price = ordered[i]
        if found and price - levels[found - 1] <= tolerance * levels[found - 1]:
            touches[found - 1] += 1.0
            levels[found - 1] += (price - levels[found - 1]) / touches[found - 1]
        else:
            levels[found], touches[found] = price, 1.0
            found += 1
    return found


@compiled
def support_resistance(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """The nearest levels under and over the close at which swings turned.

    state: swings kept, levels found, then the prices in a ring, the levels, their touches, and the state of `_swing`.
    numbers: bars left and right of a swing, swings kept, tolerance (fraction), least touches.
    """
    left, right, kept = int(numbers[0]), int(numbers[1]), int(numbers[2])
    prices, levels, touches = state[2 : 2 + kept], state[2 + kept : 2 + 2 * kept], state[2 + 2 * kept : 2 + 3 * kept]
    inner = state[2 + 3 * kept :]
    for i in range(columns.shape[1]):
        kind = _swing(inner, columns[0, i], columns[1, i], left, right)
        for side in (1, 2):
            if kind & side:
                prices[int(state[0]) % kept] = inner[side]
                state[0] += 1.0
        if kind:
            state[1] = _cluster(prices[: min(kept, int(state[0]))], levels, touches, numbers[3])
        support, resistance = np.nan, np.nan
        for k in range(int(state[1])):
            if touches[k] >= numbers[4] and levels[k] <= columns[2, i]:
                support = levels[k]
            elif touches[k] >= numbers[4] and resistance != resistance:
                resistance = levels[k]
        outputs[0, i], outputs[1, i] = support, resistance


@compiled
def zigzag(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """The last turn from which prices have since moved away by the given fraction.

    state: direction (0 unknown), highest high and lowest low since the turn (NaN at first), last turn.
    numbers: fraction.
    """
    for i in range(columns.shape[1]):
        high, low = columns[0, i], columns[1, i]
        if state[1] != state[1]:
            state[1], state[2] = high, low
        state[1], state[2] = max(state[1], high), min(state[2], low)
        if state[0] >= 0.0 and low <= state[1] * (1.0 - numbers[0]):
            state[0], state[3], state[2] = -1.0, state[1], low
            state[1] = high
        elif state[0] <= 0.0 and high >= state[2] * (1.0 + numbers[0]):
            state[0], state[3], state[1] = 1.0, state[2], high
            state[2] = low
        outputs[0, i] = state[3]


@compiled
def _profile(rows: Floats, steps: Floats, part: Floats, dense: Floats, bottom: float, each: float) -> None:
    """Spread each bar's volume evenly over the rows its range covers; ``each`` is rows per unit of price.

    ``part``: highs, lows, volumes; ``dense``: volume per unit of price. Rows that a bar covers whole get their part by
    two ``steps``, up at the first and down after the last of them.
    """
    last = len(rows) - 1
    rows[:], steps[:] = 0.0, 0.0
    unit = 1.0 / each
    for k in range(len(dense)):
        foot, head = (part[1, k] - bottom) * each, (part[0, k] - bottom) * each
        a, b = min(last, int(foot)), min(last, int(head))
        if a >= b:
            rows[a] += part[2, k]
            continue
        share = dense[k] * unit
        rows[a] += share * (a + 1 - foot)
        rows[b] += share * (head - b)
        steps[a + 1] += share
        steps[b] -= share
    height = 0.0
    for k in range(last + 1):
        height += steps[k]
        rows[k] += height


@compiled
def volume_profile(state: Floats, columns: Floats, outputs: Floats, numbers: Floats) -> None:
    """Price of most volume in each window, and the band around it that holds the given share of the volume.

    state: nothing. numbers: bars of the window, rows, share.
    """
    period, count = int(numbers[0]), int(numbers[1])
    rows, steps = np.empty(count), np.empty(count)
    dense = columns[2] / (columns[0] - columns[1])
    for i in range(columns.shape[1]):
        outputs[0, i], outputs[1, i], outputs[2, i] = np.nan, np.nan, np.nan
        first = i - period + 1
        if first < 0:
            continue
        bottom, top = columns[1, i], columns[0, i]
        for k in range(first, i):
            bottom, top = lower(bottom, columns[1, k]), higher(top, columns[0, k])
        height = (top - bottom) / count
        if height <= 0.0:
            outputs[0, i], outputs[1, i], outputs[2, i] = bottom, bottom, bottom
            continue
        _profile(rows, steps, columns[:, first : i + 1], dense[first : i + 1], bottom, 1.0 / height)
        peak, whole = 0, 0.0
        for k in range(count):
            whole += rows[k]
            if rows[k] > rows[peak]:
                peak = k
        a, b, held, wanted = peak, peak, rows[peak], numbers[2] * whole
        while held < wanted and (a > 0 or b < count - 1):
            under = rows[a - 1] if a > 0 else -1.0
            over = rows[b + 1] if b < count - 1 else -1.0
            if over >= under:
                b += 1
                held += over
            else:
                a -= 1
                held += under
        outputs[0, i] = bottom + (peak + 0.5) * height
        outputs[1, i] = bottom + (b + 1) * height
        outputs[2, i] = bottom + a * height
