"""How large an entry is, as compiled steps."""

from typing import Any

import numpy as np

from .accounting import equity_of, free_cash
from .compiled import inner, part, step
from .held import hold
from .orders import CODES, Outcome, constant
from .rounding import rounded
from .sizing import EQUITY, KELLY, NOTIONAL, QTY, RISK
from .state import Rules, State

KELLY_TRADES = 20  # fewer tell nothing about an edge
_FINE = constant(0)
_CASH, _NO_STOP, _NO_UNIT = CODES[Outcome.CASH], CODES[Outcome.NO_STOP], CODES[Outcome.NO_UNIT]
_NO_EDGE, _STEP, _MIN_QTY = CODES[Outcome.NO_EDGE], CODES[Outcome.STEP], CODES[Outcome.MIN_QTY]
_MAX_QTY, _NOTIONAL, _RISK_LIMIT = CODES[Outcome.MAX_QTY], CODES[Outcome.MIN_NOTIONAL], CODES[Outcome.RISK_LIMIT]


@inner
def unit_cost(state: State, rules: Rules, s: int, sign: float, fill: float, maker: bool) -> float:
    """What one base coin entered at ``fill`` takes from the free cash: margin and entry fee (F24, F61)."""
    p: Any = state.book[s]
    fee: float = p.maker if maker else p.taker
    if rules.leverage == 0.0:
        return fill * (1.0 + fee)
    inverse = 1.0 / rules.leverage
    closing: float = p.taker * (1.0 - sign * inverse)
    return fill * (inverse + fee + closing)


@step
def kelly_share(state: State) -> float:
    """Kelly's share of the equity by the trades that have ended, NaN before enough have (F83)."""
    state = hold(state)
    account: Any = state.account[0]
    ended = account.wins + account.losses
    if ended < KELLY_TRADES:
        return np.nan
    if account.losses == 0:
        return 1.0
    if account.wins == 0:
        return 0.0
    chance = account.wins / ended
    ratio = (account.won / account.wins) / (account.lost / account.losses)
    share: float = max(0.0, chance - (1.0 - chance) / ratio)
    return share


@part
def _wanted_size(state: State, rules: Rules, s: int, fill: float, distance: float, cost: float) -> tuple[float, int]:
    p: Any = state.book[s]
    if rules.kind == EQUITY:
        return equity_of(state) * rules.size / cost, _FINE
    if rules.kind == NOTIONAL:
        return rules.size / fill, _FINE
    if rules.kind == QTY:
        return rules.size, _FINE
    if rules.kind == RISK:
        return (equity_of(state) * rules.size / distance, _FINE) if distance > 0.0 else (0.0, _NO_STOP)
    if rules.kind == KELLY:
        share = kelly_share(state)
        share = 0.1 * rules.size if np.isnan(share) else min(share, rules.size)
        return equity_of(state) * share / cost, _FINE if share > 0.0 else _NO_EDGE
    # the unit is what one base coin moves: an average true range, or its price times its yearly volatility
    if not p.want_unit > 0.0:
        return 0.0, _NO_UNIT
    return equity_of(state) * rules.size / p.want_unit, _FINE


@inner
def entry_size(
    state: State, rules: Rules, s: int, sign: float, fill: float, distance: float, maker: bool, share: float
) -> tuple[float, int]:
    """The quantity that ``share`` of an entry at ``fill`` gets (F24 to F30, F80 to F83) and 0, or 0 and why not."""
    p: Any = state.book[s]
    cost = unit_cost(state, rules, s, sign, fill, maker)
    wanted, refusal = _wanted_size(state, rules, s, fill, distance, cost)
    if refusal != 0:
        return 0.0, refusal
    if not np.isnan(p.want_confidence):
        wanted *= min(1.0, max(0.0, p.want_confidence))
    return allowed_size(state, rules, s, wanted * share, rules.kind == NOTIONAL or rules.kind == QTY, fill, cost)


@inner
def allowed_size(
    state: State, rules: Rules, s: int, wanted: float, fixed: bool, fill: float, cost: float
) -> tuple[float, int]:
    """What cash, the instrument and the risk tiers leave of ``wanted``, and 0; or 0 and why it is refused."""
    account: Any = state.account[0]
    p: Any = state.book[s]
    affordable = free_cash(state, rules) / cost
    cut = wanted > affordable * (1.0 + 1e-12)
    if cut and fixed:
        return 0.0, _CASH
    size = affordable if cut else wanted
    if p.max_qty > 0.0 and size > p.max_qty:
        if fixed:
            return 0.0, _MAX_QTY
        size, cut = p.max_qty, True
    size = rounded(size, p.qty_step)
    if not size > 0.0:
        return 0.0, _CASH if not affordable > 0.0 else _STEP
    if size < p.min_qty:
        return 0.0, _MIN_QTY
    if size * fill < p.min_notional:
        return 0.0, _NOTIONAL
    if rules.leverage > 0.0 and rules.leverage > _most_leverage(state, s, (abs(p.qty) + size) * fill):
        return 0.0, _RISK_LIMIT
    account.cut += 1 if cut else 0
    return size, _FINE


@part
def _most_leverage(state: State, s: int, value: float) -> float:
    for k in range(state.tiers.shape[1]):
        if value <= state.tiers[s, k, 0]:
            return state.tiers[s, k, 3]  # type: ignore[no-any-return]
    return 0.0
