"""Random scripts of bars, wishes and options for the properties of matching."""

import numpy as np
from hypothesis import strategies as st

from shared_modules.matching import Margin, RiskTier, Slippage

from .scripts import MINUTE, Script

SIZES = ("equity=1.0", "equity=0.4", "notional=300", "qty=1.5", "risk=0.02")
MORE_SIZES = (*SIZES, "atr=0.02", "volatility=0.3", "kelly=0.8")


@st.composite
def scripts(draw, least=3, most=40):
    n = draw(st.integers(least, most))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.03, (n, 2))
    open_ = 100 * np.exp(np.cumsum(steps.sum(1)))
    close = open_ * np.exp(steps[:, 0])
    high = np.maximum(open_, close) * (1 + rng.random(n) * 0.03)
    low = np.minimum(open_, close) * (1 - rng.random(n) * 0.03)
    wishes = {i: "".join(letter for letter in "LlSs" if rng.random() < 0.2) for i in range(n)}
    far = rng.random((n, 2)) * 0.1
    sign = [1 if "L" in wishes[i] else -1 for i in range(n)]
    stop = {i: close[i] * (1 - sign[i] * far[i, 0]) for i in range(n) if rng.random() < 0.7}
    target = {i: close[i] * (1 + sign[i] * far[i, 1]) for i in range(n) if rng.random() < 0.7}
    strength = {i: float(rng.integers(0, 3)) for i in range(n) if rng.random() < 0.7}
    kept = rng.random(n) < 0.9
    kept[0] = True
    rows = [tuple(map(float, r)) for r in zip(open_, high, low, close, strict=True)]
    return Script(
        [r for r, k in zip(rows, kept, strict=True) if k],
        *(_moved(x, kept) for x in (wishes, stop, target, strength)),
        times=[i * MINUTE for i in range(n) if kept[i]],
    )


def _moved(values, kept):
    place = np.cumsum(kept) - 1
    return {int(place[i]): v for i, v in values.items() if kept[i]}


options = st.fixed_dictionaries(
    {
        "fee": st.sampled_from([0.0, 0.001, 0.01]),
        "slippage_bps": st.sampled_from([0.0, 7.0, 100.0]),
        "size": st.sampled_from(SIZES),
        "stop_loss": st.sampled_from([None, 0.02]),
        "take_profit": st.sampled_from([None, 0.03]),
    }
)
several = st.lists(scripts(), min_size=1, max_size=3)


@st.composite
def ordering(draw):
    """A script whose wishes use every kind of order."""
    script = draw(scripts())
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    for i, (_, _, _, close) in enumerate(script.rows):
        sign = 1 if "L" in script.wishes.get(i, "") else -1
        near = close * rng.random(12) * 0.04
        if rng.random() < 0.1:
            script.wishes[i] = script.wishes.get(i, "") + "c"
        for name, value in (
            ("limit", close + sign * (near[0] - 0.03 * close)),
            ("trigger", close + sign * (near[1] - 0.01 * close)),
            ("trail", near[2] + 0.001 * close),
            ("break_even", close + sign * near[3]),
            ("max_bars", float(rng.integers(1, 8))),
            ("exit_limit", close - sign * near[4]),
            ("exit_trigger", close - sign * near[8]),
            ("exit_share", 0.1 + 0.8 * rng.random()),
            ("confidence", rng.random()),
        ):
            if rng.random() < 0.3:
                getattr(script, name)[i] = float(value)
        if rng.random() < 0.4:
            script.ladder[i] = tuple(float(close + sign * x) for x in np.sort(near[5:8]))
        if rng.random() < 0.25:
            script.grid[i] = tuple(
                float(close - sign * x) for x in np.sort(rng.random(3) * 0.05 * close) - 0.005 * close
            )
            if rng.random() < 0.7:
                away = (0.001 + rng.random(3) * 0.03) * close
                script.grid_targets[i] = tuple(float(p + sign * x) for p, x in zip(script.grid[i], away, strict=True))
    script.volume = (rng.random(len(script.rows)) * 40).tolist()
    script.funding = [(t + 1, float(rng.normal(0, 0.01)), 100.0) for t in script.times if rng.random() < 0.2]
    return script


TIERS = (RiskTier(300.0, 0.01, 50.0), RiskTier(np.inf, 0.05, 50.0))
order_options = st.fixed_dictionaries(
    {
        "fee": st.sampled_from([0.0, 0.001, 0.01]),
        "maker": st.sampled_from([None, 0.0, 0.0005]),
        "slippage_bps": st.sampled_from([0.0, 7.0, 100.0]),
        "size": st.sampled_from(SIZES),
        "stop_loss": st.sampled_from([None, 0.02]),
        "take_profit": st.sampled_from([None, 0.03]),
        "trailing": st.sampled_from([None, 0.015]),
        "break_even": st.sampled_from([None, 0.01]),
        "max_bars": st.sampled_from([None, 5]),
        "max_entries": st.sampled_from([1, 1, 3]),
        "fill_rule": st.sampled_from(["touch", "through", "volume=0.1"]),
        "time_in_force": st.sampled_from(["GTC", "GTC", "IOC", "FOK", "PostOnly"]),
        "valid_bars": st.sampled_from([0, 0, 2]),
        "latency": st.sampled_from([0, 0, 2]),
        "shares": st.sampled_from([(0.5, 0.3, 0.2), (0.2, 0.2, 0.2)]),
        "margin": st.sampled_from([None, None, Margin(3.0), Margin(20.0)]),
        "tiers": st.just(TIERS),
        "favourable": st.booleans(),
        "grid_shares": st.just((0.4, 0.3, 0.3)),
        "grid_repeat": st.booleans(),
        "market_targets": st.booleans(),
    }
)


@st.composite
def knowing(draw):
    """An `ordering` script with all that may be known beside the bars: marks, detail, impact, units, borrowing."""
    script = draw(ordering())
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = len(script.rows)
    script.impact = (rng.random(n) * 0.01).tolist()
    script.unit = {i: float(rng.random() * 20) for i in range(n) if rng.random() < 0.8}
    script.borrow = (rng.random(len(script.funding)) * 0.001).tolist()
    if rng.random() < 0.3:
        script.mark = [(h * (1 + a), low * (1 - b)) for (_, h, low, _), (a, b) in
                       zip(script.rows, (rng.random((n, 2)) - 0.3) * 0.02, strict=True)]  # fmt: skip
    if rng.random() < 0.4:
        script.detail = {i: _parts(rng, script.rows[i]) for i in range(n) if rng.random() < 0.5}
        script.detail = {0: [script.rows[0]], **script.detail}
    return script


def _parts(rng, row):
    """Three shorter bars that reach the high and the low of ``row``."""
    open_, high, low, close = row
    inner = [float(low + (high - low) * x) for x in rng.random(2)]
    points = [open_, *inner, close]
    reach = rng.permutation(3)
    parts = []
    for k in range(3):
        a, b = points[k], points[k + 1]
        top, bottom = max(a, b), min(a, b)
        parts.append((a, high if reach[0] == k else top, low if reach[1] == k else bottom, b))
    return parts


def _slippage(kind, value):
    return Slippage("table", table=((150.0, value), (300.0, 2 * value))) if kind == "table" else Slippage(kind, value)


@st.composite
def every_option(draw):
    """Options of every rule that a run can have."""
    chosen = draw(order_options)
    chosen["size"] = draw(st.sampled_from(MORE_SIZES))
    chosen["max_positions"] = draw(st.sampled_from([0, 0, 1]))
    chosen["instrument"] = draw(st.sampled_from([None, None, (0.1, 0.3, 40.0, 5.0, 0.5), (0.001, 0.0, 0.0, 0.0, 0.01)]))
    if draw(st.booleans()):
        chosen["slippage_bps"] = 0.0
        kind, value = draw(st.sampled_from([("spread", 8.0), ("impact", 0.5), ("table", 6.0)]))
        chosen["slippage"] = _slippage(kind, value)
    if chosen["margin"] is not None:
        chosen["margin"] = Margin(chosen["margin"].leverage, draw(st.sampled_from(["isolated", "cross"])))
    return chosen
