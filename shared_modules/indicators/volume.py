"""What was traded."""

from shared_modules.core.bars import Floats

from .finite import on_finite, ta
from .trend import sma


def volume_sma(volume: Floats, period: int = 20) -> Floats:
    """Mean volume of the newest ``period`` bars."""
    return sma(volume, period)


def obv(close: Floats, volume: Floats) -> Floats:
    """On-balance volume: volume summed with the sign of the close's change (Granville 1963)."""
    return on_finite(lambda c, v: (ta().OBV(c, v),), 1, close, volume)[0]
