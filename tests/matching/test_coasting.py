import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.matching import Costs, FillRule, Margin, Sizing
from shared_modules.matching.coasting import symbols_of
from shared_modules.matching.feed import ENTER_LONG, flagged, wish_column, wish_rows
from shared_modules.matching.kernel import new_feed, new_walk, run
from shared_modules.matching.margin import DEFAULT_TIERS, tier_rows
from shared_modules.matching.state import LEVELS, grown, new_ledger, new_rules, new_state

MINUTE = 60_000


def market(rng, bars, gaps):
    """One symbol's columns: prices that wander in small steps, wishes now and then, bars missing where asked."""
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.004, bars)))
    opened = np.r_[100.0, close[:-1]] * (1.0 + rng.normal(0.0, 0.0005, bars))
    high = np.maximum(opened, close) * (1.0 + np.abs(rng.normal(0.0, 0.002, bars)))
    low = np.minimum(opened, close) * (1.0 - np.abs(rng.normal(0.0, 0.002, bars)))
    times = np.arange(bars) * MINUTE
    kept = rng.random(bars) > 0.2 if gaps else np.ones(bars, np.bool_)
    kept[0] = True
    return {n: v[kept] for n, v in {"time": times, "open": opened, "high": high, "low": low, "close": close}.items()}


def wishes(rng, n, extras):
    """Flags at about one bar in fifteen, and for some runs prices beside them."""
    found = {name: rng.random(n) < 0.07 for name in ("enter_long", "exit_long", "enter_short", "exit_short")}
    found["strength"] = rng.random(n)
    if "limit" in extras:
        found["limit"] = np.where(rng.random(n) < 0.5, 100.0 * (1.0 + rng.normal(0.0, 0.01, n)), np.nan)
    if "ladder" in extras:
        found["ladder"] = 100.0 * (1.0 + np.sort(np.abs(rng.normal(0.0, 0.02, (n, LEVELS))), axis=1))
    if "max_bars" in extras:
        found["max_bars"] = np.where(rng.random(n) < 0.7, rng.integers(1, 25, n) + 0.5 * rng.integers(0, 2, n), np.nan)
    if "cancel" in extras:
        found["cancel"] = rng.random(n) < 0.1
    return found


def feed_of(seed, symbols, gaps, extras):
    rng = np.random.default_rng(seed)
    parts = [market(rng, 150 + (40 * s if gaps else 0), gaps) for s in range(symbols)]
    for part in parts:
        part |= wishes(rng, len(part["time"]), extras)
        if "mark" in extras:
            part["mark_high"] = part["high"] * (1.0 + rng.normal(0.0, 0.001, len(part["time"])))
            part["mark_low"] = part["low"] * (1.0 + rng.normal(0.0, 0.001, len(part["time"])))
    ends = np.cumsum([len(p["time"]) for p in parts])
    columns = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    if "funding" in extras:
        each = 60
        columns["fund_time"] = np.tile(np.arange(each) * 3 * MINUTE, symbols)
        columns["fund_rate"] = rng.normal(0.0, 0.001, each * symbols)
        columns["fund_price"] = np.full(each * symbols, 100.0)
        columns["fund_begin"] = np.arange(symbols) * each
        columns["fund_end"] = columns["fund_begin"] + each
    return new_feed(**columns, begin=np.r_[0, ends[:-1]], end=ends)


def played(feed, rules, pieces, skips):
    """Every byte a run leaves; with few rows at first, so that the ledger has to grow on the way."""
    symbols, times = len(feed.begin), np.unique(np.concatenate(feed.kept["time"]))
    state, ledger = new_state(symbols, 1000.0, Costs(0.0005)), new_ledger(3 * symbols + 4, len(feed.wishes))
    state.tiers[:] = tier_rows(DEFAULT_TIERS)
    equity, walk, at = np.full(len(times), np.nan), new_walk(feed, times, rules.latency, skips), 0
    while at < len(times):
        stop = min(at + pieces, len(times))
        at = run(state, ledger, rules, feed, walk, times, equity, at, stop)
        if at < stop:
            ledger = grown(ledger, 2 * len(ledger.trades))
    account = state.account[0]
    rows = zip(ledger[:3], (account["trades"], account["fills"], account["rows"]), strict=True)
    return [state.account.tobytes(), equity.tobytes(), ledger.outcomes.tobytes(), *(r[:n].tobytes() for r, n in rows)]


LEVEL_OPTIONS = {
    "stop_loss": st.floats(0.001, 0.05),
    "take_profit": st.floats(0.001, 0.05),
    "trailing": st.just(0.02),
    "break_even": st.just(0.01),
    "max_bars": st.integers(1, 30),
}


@settings(max_examples=150)
@given(
    seed=st.integers(0, 10_000),
    symbols=st.integers(1, 4),
    gaps=st.booleans(),
    extras=st.sets(st.sampled_from(["limit", "ladder", "max_bars", "cancel", "mark", "funding"])),
    levels=st.fixed_dictionaries({}, optional=LEVEL_OPTIONS),
    margin=st.sampled_from([None, Margin(20.0), Margin(5.0, "cross")]),
    latency=st.integers(0, 2),
    others=st.fixed_dictionaries({"max_positions": st.integers(0, 2), "max_entries": st.integers(1, 3)}),
    pieces=st.sampled_from([7, 40, 10_000]),
)  # fmt: skip
def test_leaving_quiet_bars_out_changes_no_byte(seed, symbols, gaps, extras, levels, margin, latency, others, pieces):
    feed = feed_of(seed, symbols, gaps, extras)
    rules = new_rules(
        Costs(0.0005, 1.0), Sizing("equity", 0.4), **levels, margin=margin, latency=latency, fill_rule=FillRule(),
        shares=(0.25, 0.25, 0.25, 0.25) if "ladder" in extras else (), **others,
    )  # fmt: skip
    assert played(feed, rules, pieces, skips=True) == played(feed, rules, 10_000, skips=False)


def test_bars_are_left_out_while_nothing_is_held_and_while_nothing_is_reached():
    feed = feed_of(1, 1, False, set())
    feed.wishes[:] = 0
    feed.wishes[10] = ENTER_LONG
    (times,), (opens,), (closes,) = (feed.kept[name] for name in ("time", "open", "close"))
    rules = new_rules(Costs(0.0), Sizing("qty", 1.0))
    state, ledger, walk = new_state(1, 1000.0, Costs(0.0)), new_ledger(10, len(times)), new_walk(feed, times)
    equity = np.empty(len(times))
    # prices that nobody may look at
    feed.kept["high"][0][:11] = feed.kept["low"][0][:11] = np.nan
    assert run(state, ledger, rules, feed, walk, times, equity, 0, len(times)) == len(times)
    assert (equity[:11] == 1000.0).all()
    np.testing.assert_allclose(equity[11:], 1000.0 + closes[11:] - opens[11], rtol=1e-12)


@given(st.lists(st.integers(0, 31), max_size=70))
@settings(max_examples=100, deadline=None)
def test_every_row_with_a_wish_is_found_in_order(flags):
    wishes = np.array(flags, np.uint8)
    assert wish_rows(wishes).tolist() == np.flatnonzero(wishes).tolist()


@given(st.lists(st.lists(st.integers(0, 31), max_size=70), min_size=1, max_size=4), st.integers(0, 9), st.booleans())
@settings(max_examples=100, deadline=None)
def test_flags_become_rows_and_bits_wherever_their_columns_begin(wanted, skipped, cancels):
    bits = [np.array([0] * skipped + symbol, np.uint8) & (31 if cancels else 15) for symbol in wanted]
    columns = [[(own >> bit & 1).view(np.bool_)[skipped:] for bit in range(5)] for own in bits]
    if not cancels:
        columns = [[*four, None] for *four, _ in columns]
    whole = np.concatenate([own[skipped:] for own in bits])
    rows, found = flagged(columns, [len(own) for own in wanted])
    assert rows.tolist() == np.flatnonzero(whole).tolist()
    assert found.tolist() == whole[rows].tolist()
    assert wish_column((rows, found), len(whole)).tolist() == whole.tolist()


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=12), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_each_row_is_told_the_symbol_whose_it_is(asked):
    lengths = np.array([len(a) for a in asked])
    none = np.ones(lengths.sum())
    feed = new_feed(
        time=np.arange(lengths.sum()), open=none, high=none, low=none, close=none,
        wishes=np.concatenate(asked).view(np.uint8), begin=np.cumsum(lengths) - lengths, end=np.cumsum(lengths),
    )  # fmt: skip
    rows = wish_rows(feed.wishes)
    owners = np.repeat(np.arange(len(asked)), lengths)
    assert symbols_of(feed, rows).tolist() == owners[rows].tolist()
