"""Stop and target prices from fractions of the close, as several strategies offer them."""

import numpy as np

from shared_modules.core.bars import Flags, Floats


def stop_prices(close: Floats, enter_short: Flags, fraction: float) -> Floats | None:
    """Prices ``fraction`` below each close, above it where a short is entered; None for a fraction of 0."""
    return None if fraction == 0.0 else close * np.where(enter_short, 1.0 + fraction, 1.0 - fraction)


def target_prices(close: Floats, enter_short: Flags, fraction: float) -> Floats | None:
    """Prices ``fraction`` above each close, below it where a short is entered; None for a fraction of 0."""
    return None if fraction == 0.0 else stop_prices(close, ~enter_short, fraction)
