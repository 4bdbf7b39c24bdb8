"""The decision of strategies that trade one side or both, with a stop behind and a target ahead."""

from shared_modules.strategies.base import NAN, Decision


def wish(
    side: str,
    up: bool,
    exit_long: bool,
    down: bool,
    exit_short: bool,
    reason: str,
    stop: float = NAN,
    target: float = NAN,
    strength: float = 1.0,
    trail: float = NAN,
    max_bars: float = NAN,
    confidence: float = NAN,
) -> Decision | None:
    """The wishes as far as ``side`` ('long', 'short', 'both') allows; None where nothing is left of them."""
    longs, shorts = side != "short", side != "long"
    enter_long, exit_long = up and longs, exit_long and longs
    enter_short, exit_short = down and shorts, exit_short and shorts
    if not (enter_long or exit_long or enter_short or exit_short):
        return None
    return Decision(
        enter_long,
        exit_long,
        enter_short,
        exit_short,
        stop,
        target,
        strength,
        reason,
        trail=trail,
        max_bars=max_bars,
        confidence=confidence,
    )


def share_away(close: float, short: bool, fraction: float) -> float:
    """``fraction`` under the close, over it for a short; NaN for 0. A target lies where the other side's stop does."""
    if fraction == 0.0:
        return NAN
    return close * (1.0 + fraction) if short else close * (1.0 - fraction)


def range_away(close: float, short: bool, ranges: float, one: float) -> float:
    """``ranges`` times the average range ``one`` under the close, over it for a short; NaN for 0 ranges."""
    if ranges == 0.0:
        return NAN
    return close + ranges * one if short else close - ranges * one
