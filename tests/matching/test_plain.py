import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.matching import Costs, FillRule, Margin, Outcome, Sizing
from shared_modules.matching.coasting import events_of, new_walk
from shared_modules.matching.feed import CANCEL, FLAGS, new_feed, wish_rows
from shared_modules.matching.kernel import run
from shared_modules.matching.orders import CODES
from shared_modules.matching.plain import finish, plain_run
from shared_modules.matching.plain_shape import is_plain, new_plain
from shared_modules.matching.state import (
    END,
    LIQUIDATION,
    REVERSE,
    SIGNAL,
    STOP,
    TARGET,
    new_ledger,
    new_rules,
    new_state,
    set_instrument,
)

MINUTE, CASH = 60_000, 1_000.0


def feed_of(seed, symbols, bars, often, short=False, moves=0.004):
    """Wandering prices on a coarse grid, so that levels are met exactly too, and wishes at a share of the bars."""
    rng = np.random.default_rng(seed)
    close = np.maximum(1.0, 100.0 * np.exp(np.cumsum(rng.normal(0.0, moves, (symbols, bars)), axis=1)))
    opened = np.c_[np.full(symbols, 100.0), close[:, :-1]] * (1.0 + rng.normal(0.0, 0.0015, (symbols, bars)))
    spread = 1.0 + np.abs(rng.normal(0.0, 0.002, (2, symbols, bars)))
    high, low = np.maximum(opened, close) * spread[0], np.minimum(opened, close) / spread[1]
    prices = {"open": opened, "high": high, "low": low, "close": close}
    flags = {name: rng.random(symbols * bars) < often for name in FLAGS[:4]}
    flags["enter_short"] &= short
    ends = np.arange(1, symbols + 1) * bars
    return new_feed(
        time=np.tile(np.arange(bars) * MINUTE, symbols), **{n: np.round(v.ravel(), 1) for n, v in prices.items()},
        **flags, begin=ends - bars, end=ends,
    )  # fmt: skip


def state_of(feed, costs, instrument):
    state = new_state(len(feed.begin), CASH, costs)
    for slot in range(0, len(feed.begin), 2):
        set_instrument(state, slot, *instrument)
    return state


def bar_by_bar(feed, rules, costs, instrument=(0.0, 0.0, 0.0)):
    times = feed.kept["time"][0]
    state, ledger = state_of(feed, costs, instrument), new_ledger(40 + len(feed.wishes), len(feed.wishes))
    equity, walk = np.empty(len(times)), new_walk(feed, times, skips=False)
    assert run(state, ledger, rules, feed, walk, times, equity, 0, len(times)) == len(times)
    account = state.account[0]
    trades, cash = ledger.trades[: account["trades"]], ledger.cash[: account["rows"]]
    columns = [np.ascontiguousarray(cash[name]) for name in ("time", "symbol", "kind", "amount")]
    return [state.account, equity, ledger.outcomes[wish_rows(feed.wishes)], trades, *columns]


def wish_by_wish(feed, rules, costs, pieces, instrument):
    times, wished = feed.kept["time"][0], wish_rows(feed.wishes)
    state, asked = state_of(feed, costs, instrument), feed.wishes[wished]
    assert is_plain(state, rules, feed, asked, times)
    events = events_of(feed, times, 0, wished, asked)
    plain, codes = new_plain(state, rules, feed, times, events), np.empty(len(asked), np.int8)
    for at in range(0, len(times), pieces):
        plain_run(plain, at, min(at + pieces, len(times)))
    finish(plain)
    codes[slice(None) if events.order is None else events.order] = plain.codes
    account = state.account[0]
    columns = [getattr(plain, f"cash_{name}")[: account["rows"]] for name in ("time", "symbol", "kind", "amount")]
    return [state.account, plain.equity, codes, plain.trades[: account["trades"]], *columns]


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    symbols=st.integers(1, 4),
    bars=st.integers(1, 200),
    often=st.sampled_from([0.0, 0.03, 0.1, 0.4]),
    levels=st.fixed_dictionaries(
        {}, optional={n: st.sampled_from([0.001, 0.005, 0.02]) for n in ("stop_loss", "take_profit")}
    ),
    costs=st.builds(Costs, st.sampled_from([0.0, 0.0005, 0.01]), st.sampled_from([0.0, 1.0, 30.0])),
    sizing=st.sampled_from(
        [*(Sizing("equity", share) for share in (0.1, 0.4, 1.0)), Sizing("notional", 150.0), Sizing("qty", 1.3)]
    ),
    instrument=st.sampled_from([(0.0, 0.0, 0.0), (0.001, 0.0, 0.0, 0.0, 0.1), (0.3, 0.9, 95.0, 2.0, 0.5)]),
    short=st.booleans(),
    moves=st.sampled_from([0.004, 0.2]),
    others=st.fixed_dictionaries(
        {"max_positions": st.integers(0, 3), "market_targets": st.booleans(), "favourable": st.booleans()},
        optional={"fill_rule": st.just(FillRule("through"))},
    ),
    pieces=st.sampled_from([1, 7, 40, 10_000]),
)  # fmt: skip
def test_going_from_wish_to_wish_changes_no_byte(
    seed, symbols, bars, often, levels, costs, sizing, instrument, short, moves, others, pieces
):
    feed, rules = feed_of(seed, symbols, bars, often, short, moves), new_rules(costs, sizing, **levels, **others)
    slow, fast = bar_by_bar(feed, rules, costs, instrument), wish_by_wish(feed, rules, costs, pieces, instrument)
    assert [a.tobytes() for a in fast] == [a.tobytes() for a in slow]


def test_stops_targets_and_doubtful_bars_are_among_what_was_compared():
    costs = Costs(0.0005, 1.0)
    rules = new_rules(costs, Sizing("equity", 0.4), 0.005, 0.005)
    found = [bar_by_bar(feed_of(seed, 3, 200, 0.1), rules, costs) for seed in range(10)]
    assert sum(int(run[0]["ambiguous"][0]) for run in found) > 0
    assert {int(r) for run in found for r in run[3]["reason"]} == {int(r) for r in (SIGNAL, STOP, TARGET, END)}


def test_shorts_their_bankruptcy_and_refused_sizes_are_among_what_was_compared():
    costs, codes, trades = Costs(0.0005, 1.0), set(), []
    for seed in range(10):
        for sizing in (Sizing("equity", 0.4), Sizing("notional", 150.0), Sizing("qty", 1.3)):
            feed, rules = feed_of(seed, 3, 200, 0.1, short=True, moves=0.2), new_rules(costs, sizing)
            run = bar_by_bar(feed, rules, costs, (0.3, 0.9, 95.0, 2.0, 0.5))
            codes |= set(run[2].tolist())
            trades.append(run[3])
    every = np.concatenate(trades)
    assert {int(r) for r in every["reason"]} == {int(r) for r in (SIGNAL, REVERSE, LIQUIDATION, END)}
    assert (every["qty"] > 0).any()
    wanted = (Outcome.FILLED, Outcome.BOTH_WAYS, Outcome.CASH, Outcome.STEP, Outcome.MIN_QTY, Outcome.MIN_NOTIONAL)
    assert codes >= {CODES[outcome] for outcome in wanted}


@pytest.mark.parametrize(
    "given",
    [
        {"trailing": 0.01},
        {"break_even": 0.01},
        {"max_bars": 5},
        {"max_entries": 2},
        {"latency": 1},
        {"margin": Margin(2.0)},
        {"fill_rule": FillRule("volume")},
        {"sizing": Sizing("risk", 0.01)},
    ],
)
def test_rules_that_ask_for_a_look_at_each_bar_are_not_plain(given):
    feed, sizing = feed_of(1, 1, 50, 0.1), given.pop("sizing", Sizing("equity", 0.5))
    state, wished = new_state(1, CASH, Costs(0.0)), wish_rows(feed.wishes)
    asked, times = feed.wishes[wished], feed.kept["time"][0]
    assert is_plain(state, new_rules(Costs(0.0), Sizing("equity", 0.5)), feed, asked, times)
    assert not is_plain(state, new_rules(Costs(0.0), sizing, **given), feed, asked, times)


def test_withdrawals_and_several_ranked_symbols_are_not_plain():
    feed, rules = feed_of(1, 2, 50, 0.1), new_rules(Costs(0.0), Sizing("equity", 0.5))
    state, times = new_state(2, CASH, Costs(0.0)), feed.kept["time"][0]
    assert is_plain(state, rules, feed, feed.wishes[:0], times)
    assert not is_plain(state, rules, feed, np.array([CANCEL], np.uint8), times)
    ranked = feed._replace(strength=np.zeros(100))
    assert not is_plain(state, rules, ranked, feed.wishes[:0], times)
