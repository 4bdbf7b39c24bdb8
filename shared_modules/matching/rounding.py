"""Quantities and prices on the grid of an instrument, as compiled steps."""

import numpy as np

from .compiled import inner


@inner
def rounded(qty: float, unit: float) -> float:
    """``qty`` down to the step ``unit`` (F30); 0 means no step."""
    if unit <= 0.0:
        return qty
    steps = np.floor(qty / unit + 1e-9)
    # 0.1 has no exact float: dividing by 10 lands on the nearest one, multiplying by 0.1 need not
    inverse = np.rint(1.0 / unit)
    down: float = steps / inverse if unit < 1.0 and abs(inverse * unit - 1.0) < 1e-9 else steps * unit
    return down


@inner
def on_tick(sign: int, price: float, tick: float) -> float:
    """``price`` on the grid of ``tick``, rounded so that it is no worse for the order (F57)."""
    if tick <= 0.0 or np.isnan(price):
        return price
    ticks = np.floor(price / tick + 1e-9) if sign > 0 else np.ceil(price / tick - 1e-9)
    inverse = np.rint(1.0 / tick)
    on: float = ticks / inverse if tick < 1.0 and abs(inverse * tick - 1.0) < 1e-9 else ticks * tick
    return on
