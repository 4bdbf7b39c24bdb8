"""A stepper that is killed and restored goes on with the same bytes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.core.errors import StateCorrupted
from shared_modules.core.market import Side
from shared_modules.matching import Costs, Margin, Sizing
from shared_modules.matching.stepper import Stepper
from shared_modules.matching.tickets import Ticket

from .random_scripts import every_option, knowing
from .test_stepper import bar_of, stepper_of


def bytes_of(market):
    rows = market.rows()
    arrays = (*rows[:3], market.ledger.outcomes, *market.state)
    return [array.tobytes() for array in arrays]


@settings(max_examples=40, deadline=None)
@given(knowing(), every_option(), st.data())
def test_f105_bars_through_a_restored_stepper_leave_the_same_bytes(script, chosen, data):
    killed = data.draw(st.integers(0, len(script.rows)))
    calm, market = stepper_of([script], chosen), stepper_of([script], chosen)
    for row, time in enumerate(script.time().tolist()):
        if row == killed:
            market = Stepper.restored(market.snapshot())
        for one in (calm, market):
            one.on_bar("S0", time, bar_of(script, row))
    assert bytes_of(market) == bytes_of(calm)
    assert market.outcomes("S0") == calm.outcomes("S0")


def events_of(seed, steps):
    """Random trades, books, fundings, marks and requests as (method, arguments)."""
    rng = np.random.default_rng(seed)
    at = 100.0
    for time in range(1, steps):
        at *= math.exp(rng.normal(0, 0.02))
        far = at * (1 + rng.normal(0, 0.02))
        kind = rng.integers(0, 6)
        if kind <= 2:
            yield "on_trade", ("A", time, at, float(rng.random() * 5))
        elif kind == 3:
            levels = [(at * (1 + sign * 0.001 * n), float(rng.random())) for sign in (-1, 1) for n in (1, 2)]
            yield "on_book", ("A", time, levels[:2], levels[2:])
        elif kind == 4:
            yield "on_mark", ("A", time, at)
        else:
            side = Side.BUY if rng.random() < 0.5 else Side.SELL
            limit = far if rng.random() < 0.7 else None
            yield "place", (Ticket("A", side, float(0.1 + rng.random()), limit, group=int(rng.integers(0, 2))), time)


def market():
    return Stepper(["A"], 1000.0, Costs(0.001), Sizing("equity", 0.5), latency_ms=3, margin=Margin(5.0), bars=10)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 80))
def test_events_and_requests_under_way_go_on_after_a_kill(seed, killed):
    calm, other = market(), market()
    for n, (name, arguments) in enumerate(events_of(seed, 80)):
        if n == killed:
            other = Stepper.restored(other.snapshot())
        for one in (calm, other):
            getattr(one, name)(*arguments)
    assert bytes_of(other) == bytes_of(calm)
    assert [repr(update) for update in other.updates()] == [repr(update) for update in calm.updates()]
    assert (other.equity, other.time) == (calm.equity, calm.time)


def test_a_snapshot_does_not_change_what_it_is_of():
    one = market()
    one.on_trade("A", 1, 100.0)
    before = bytes_of(one)
    one.snapshot()
    assert bytes_of(one) == before


@pytest.mark.parametrize("spoiled", [lambda b: b[:-1], lambda b: b"", lambda b: b[:40] + b"x" + b[41:]])
def test_bytes_that_were_cut_or_changed_are_refused_in_a_sentence(spoiled):
    with pytest.raises(StateCorrupted, match="damaged"):
        Stepper.restored(spoiled(market().snapshot()))
