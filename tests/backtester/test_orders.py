"""Backtests with waiting orders, costs, margin, funding and detail, from the request to the result."""

import json
import math
import pickle

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, Sizing, run_backtest
from shared_modules.backtester.spelled import rules_of
from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.errors import DataFormatError, DataSourceError, InvalidInput, OutOfRange, UnknownName
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.core.trading import ExitReason
from shared_modules.matching import Fees, FillRule, Margin, Outcome, RiskTier, Slippage
from tests.strategies.markets import bars_of, random_bars

M5, HOUR = TIMEFRAMES["5m"], 3_600_000
BARS = random_bars(3000, 1)

STRATEGY = '''
from dataclasses import dataclass, replace
from typing import ClassVar
import numpy as np
from shared_modules.core.trading import TimeInForce
from shared_modules.strategies import Signals, Strategy, register

@register
@dataclass(frozen=True)
class Waiting(Strategy):
    """Wait."""
    name: ClassVar[str] = "waiting"
    title: ClassVar[str] = "Waiting"

    def signals(self, view):
        n = len(view.bars)
        close = view.bars.close
        plain = Signals.none(n)
        plain.enter_long[::7] = True
        plain.exit_long[5::21] = True
        return replace(plain, {options})
'''


def request(bars=BARS, strategy="sma_cross", parameters=None, source=None, **options):
    sources = (BarSource("BTCUSDT", "5m", bars=bars, **(source or {})),)
    return BacktestRequest(strategy, parameters or {}, sources, **options)


def waiting(tmp_path, options, **more):
    (tmp_path / "waiting.py").write_text(STRATEGY.replace("{options}", options), encoding="utf-8")
    return run_backtest(request(strategy="waiting", strategy_folder=str(tmp_path), **more))


def test_a_plain_result_is_written_as_before():
    found = run_backtest(request()).to_json()
    assert list(found) == [
        "strategy", "parameters", "symbols", "timeframe", "bars", "trades", "cash", "final_equity", "metrics", "costs",
        "ambiguous_bars", "notes", "seconds",
    ]  # fmt: skip
    assert list(found["trades"][0]) == [
        "symbol", "side", "qty", "entry_time", "entry_price", "exit_time", "exit_price", "fees", "pnl", "exit_reason",
        "bars", "mae", "mfe",
    ]  # fmt: skip
    assert list(found["costs"]) == ["fees", "entry_fees", "exit_fees", "slippage", "total"]


@pytest.mark.parametrize("size", ["equity=0.5", "atr=0.01", "volatility=0.3", "kelly=0.5", "risk=0.01", "notional=900"])
def test_the_cash_ledger_sums_to_the_last_equity(size):
    result = run_backtest(request(size=Sizing.parse(size), stop_loss=0.01, trailing_stop=0.02, slippage_bps=2.0))
    assert len(result.trades) > 10
    assert result.final_equity == pytest.approx(10_000 + math.fsum(result.cash_ledger.amount), abs=1e-9, rel=0.0)
    assert result.cash_ledger.total("fee") == pytest.approx(-result.costs["fees"])
    assert next(iter(result.cash_ledger)).kind == "fee"


def test_each_signal_bar_has_one_outcome_and_says_why_nothing_happened(tmp_path):
    result = waiting(tmp_path, "limit=close * 0.99, valid_bars=3", latency=1)
    assert len(result.outcomes) == len(range(0, 3000, 7))
    counts = result.outcomes.counts()
    assert counts[Outcome.FILLED] >= len(result.trades) > 5
    assert counts[Outcome.EXPIRED] > 5
    assert sum(counts.values()) == len(result.outcomes)
    first = next(iter(result.outcomes))
    assert (first.time, first.symbol, first.side) == (int(BARS.time[0]), "BTCUSDT", 1)
    assert list(result.outcomes)[-1].outcome in set(Outcome)


@pytest.mark.parametrize("decide_by", ["signals", "on_bar"])
def test_a_strategy_can_leave_by_a_stop_limit_order_and_take_profit_at_the_market(tmp_path, decide_by):
    bars = random_bars(300, 1)
    options = "exit_trigger=close * 0.999, exit_limit=close * 0.998, target=close * 1.002, market_targets=True"
    result = waiting(tmp_path, options, bars=bars, slippage_bps=500.0, maker_fee=0.0, decide_by=decide_by)
    reasons = {t.exit_reason for t in result.trades}
    assert {ExitReason.SIGNAL, ExitReason.TAKE_PROFIT} <= reasons
    left = {int(t): float(c) for t, c in zip(bars.time[5::21], bars.close[5::21], strict=True)}
    for trade in result.trades:
        assert trade.fees > 0.0
        if trade.exit_reason is ExitReason.SIGNAL:
            decided = max(t for t in left if t < trade.exit_time)
            # five per cent of slippage end at the limit
            assert trade.exit_price >= left[decided] * 0.998 * (1 - 1e-12)
        elif trade.exit_reason is ExitReason.TAKE_PROFIT:
            assert trade.exit_price < trade.entry_price


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("stop=1 / 0", r"waiting.py, line \d+: ZeroDivisionError"),
        ("stop=__import__('sys').exit(3)", r"waiting.py, line \d+: SystemExit: 3"),
        ("stop=view.higher['1h'].close", "reads 1h bars that it does not ask for"),
        ("stop=close[1:]", "must be an array of 3000 float64"),
        ("stop=-close", "not above 0"),
        ("stop=close / 0", "infinite"),
        ("enter_long=close", "'enter_long' as float64"),
        ("confidence=close.astype(object)", "'confidence' as object"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_strategy_that_fails_is_one_sentence_with_its_line(tmp_path, options, says):
    with pytest.raises(InvalidInput, match=says):
        waiting(tmp_path, options)


def test_beyond_the_last_risk_tier_nothing_is_entered():
    tiers = {"BTCUSDT": (RiskTier(1000.0, 0.01, 50.0),)}
    large = run_backtest(request(strategy="buy_and_hold", margin=Margin(20.0), risk_tiers=tiers))
    assert (large.outcomes.counts()[Outcome.RISK_LIMIT], len(large.trades)) == (len(BARS) - 1, 0)
    small = run_backtest(
        request(strategy="buy_and_hold", margin=Margin(20.0), risk_tiers=tiers, size=Sizing("notional", 500.0))
    )
    assert small.outcomes.counts()[Outcome.FILLED] == len(small.trades) > 0


def test_milliseconds_of_latency_are_the_bars_they_take_to_begin():
    minutes = 300_000
    for ms, bars in ((0.0, 0), (1.0, 1), (minutes, 1), (minutes + 1.0, 2)):
        late, same = run_backtest(request(latency_ms=ms)), run_backtest(request(latency=bars))
        assert late.trades == same.trades
    assert "decisions 1 ms late" in run_backtest(request(latency_ms=1.0)).notes[0]


def test_a_ladder_shows_its_exits_on_the_trade_and_in_the_json(tmp_path):
    options = "ladder=(close * 1.004, close * 1.01), ladder_shares=(0.5, 0.3), trail=close * 0.02"
    result = waiting(tmp_path, options)
    several = [t for t in result.trades if len(t.exits) > 1]
    assert several
    for trade in several:
        assert sum(e.qty for e in trade.exits) == pytest.approx(trade.qty)
        assert trade.exits[0].reason is ExitReason.TAKE_PROFIT
        assert trade.exits[-1].reason is trade.exit_reason
    assert any("exits" in t for t in json.loads(json.dumps(result.to_json(), allow_nan=False))["trades"])


def test_pyramiding_is_asked_for_by_the_run_or_the_strategy(tmp_path):
    once = waiting(tmp_path, "limit=None", size=Sizing("notional", 1000.0))
    thrice = waiting(tmp_path, "limit=None", size=Sizing("notional", 1000.0), max_entries=3)
    assert max(t.qty * t.entry_price for t in once.trades) == pytest.approx(1000.0)
    assert max(t.qty * t.entry_price for t in thrice.trades) == pytest.approx(3000.0)


def test_funding_is_paid_on_the_mark_price_and_told_everywhere(tmp_path):
    time = np.arange(BARS.time[0], BARS.time[-1], 8 * HOUR)
    rate = np.full(len(time), 0.001)
    source = {"funding_time": time, "funding_rate": rate}
    result = run_backtest(request(strategy="buy_and_hold", source=source, size=Sizing("notional", 1000.0)))
    (trade,) = result.trades
    opens = BARS.open[np.searchsorted(BARS.time, time[1:])]
    assert trade.funding == pytest.approx(-trade.qty * float(opens.sum()) * 0.001)
    assert (
        trade.funding == pytest.approx(result.cash_ledger.total("funding")) == pytest.approx(-result.costs["funding"])
    )
    assert any("funding paid" in note for note in result.notes)
    path = tmp_path / "funding.csv"
    path.write_text("timestamp,funding_rate\n" + "".join(f"{t},0.001\n" for t in time), encoding="utf-8")
    filed = run_backtest(
        request(strategy="buy_and_hold", source={"funding_path": str(path)}, size=Sizing("notional", 1000.0))
    )
    assert filed.trades == result.trades
    marked = bars_of((BARS.close * 2.0).tolist())
    mark = type(BARS)(BARS.time, *(getattr(marked, n) for n in ("open", "high", "low", "close", "volume", "turnover")))
    doubled = run_backtest(
        request(strategy="buy_and_hold", source=source | {"mark": mark}, size=Sizing("notional", 1000.0))
    )
    marks = mark.open[np.searchsorted(mark.time, time[1:])]
    assert doubled.trades[0].funding == pytest.approx(-trade.qty * float(marks.sum()) * 0.001)


def test_the_band_lies_around_the_equity_and_is_closed_without_ambiguity():
    tight = run_backtest(request(stop_loss=0.002, take_profit=0.002))
    assert tight.ambiguous_bars > 0
    assert (tight.equity_worst <= tight.equity).all()
    assert (tight.equity <= tight.equity_best).all()
    assert tight.equity_best[-1] > tight.equity[-1]
    plain = run_backtest(request())
    assert plain.equity_best.tobytes() == plain.equity_worst.tobytes() == plain.equity.tobytes()


def test_the_source_decides_within_the_bars_that_are_made_of_it():
    options = {"timeframe": "1h", "stop_loss": 0.004, "take_profit": 0.004, "parameters": {"fast": 3, "slow": 8}}
    blind, seeing = run_backtest(request(**options)), run_backtest(request(**options, detail=True))
    assert blind.ambiguous_bars > seeing.ambiguous_bars
    assert seeing.timeframe == "1h"
    assert any("shorter bars decide" in note for note in seeing.notes)


def test_detail_can_be_a_file_and_is_left_out_where_it_has_a_hole(tmp_path):
    path = tmp_path / "BTCUSDT_5m.csv"
    write_candle_file(path, BARS)
    hours = BARS.resampled(TIMEFRAMES["1h"])[:-1]
    source = BarSource("BTCUSDT", "1h", bars=hours, detail_path=str(path))
    options = {"stop_loss": 0.004, "take_profit": 0.004}
    given = run_backtest(BacktestRequest("sma_cross", {"fast": 3, "slow": 8}, (source,), **options))
    blind = run_backtest(
        BacktestRequest("sma_cross", {"fast": 3, "slow": 8}, (BarSource("BTCUSDT", "1h", bars=hours),), **options)
    )
    holed = BarSource("BTCUSDT", "1h", bars=hours, detail=BARS[: len(BARS) // 2])
    half = run_backtest(BacktestRequest("sma_cross", {"fast": 3, "slow": 8}, (holed,), **options))
    assert given.ambiguous_bars < blind.ambiguous_bars
    assert given.ambiguous_bars <= half.ambiguous_bars <= blind.ambiguous_bars
    missing = len(hours) - len(BARS[: len(BARS) // 2].resampled(TIMEFRAMES["1h"]))
    assert not [note for note in given.notes if "do not fit" in note]
    assert half.notes[-1] == (
        f"BTCUSDT: the shorter bars are missing or do not fit in {missing} of {len(hours)} bars, which are decided "
        "without them."
    )


@pytest.mark.parametrize("mode", ["isolated", "cross"])
def test_leverage_can_lose_everything_but_never_more(mode):
    falling = bars_of(np.linspace(100.0, 60.0, 400).tolist())
    result = run_backtest(
        request(falling, "buy_and_hold", margin=Margin(10.0, mode), size=Sizing("equity", 1.0), fee=0.001)
    )
    assert result.trades[0].exit_reason is ExitReason.LIQUIDATION
    assert -1e-9 <= result.final_equity < 1000.0
    assert result.final_equity == pytest.approx(10_000 + math.fsum(result.cash_ledger.amount), abs=1e-9, rel=0.0)
    assert any("liquidation" in note for note in result.notes)


def test_own_fees_tiers_and_slippage_models_reach_the_fills():
    free = run_backtest(request(fees={"BTCUSDT": Fees(0.0, 0.0)}))
    assert free.costs["fees"] == 0.0
    tiers = (RiskTier(100.0, 0.01, 50.0), RiskTier(math.inf, 0.1, 2.0))
    refused = run_backtest(request(margin=Margin(5.0), risk_tiers={"BTCUSDT": tiers}))
    assert set(refused.outcomes.counts()) == {Outcome.RISK_LIMIT}
    for model in (Slippage("impact", 1.0), Slippage("spread", 2.0), Slippage("table", table=((1e6, 5.0),))):
        result = run_backtest(request(slippage=model))
        assert result.costs["slippage"] > 0.0
        assert str(model) in result.notes[0]


def test_the_fill_rule_is_printed_and_volume_limits_what_is_bought(tmp_path):
    result = waiting(tmp_path, "limit=close * 0.998", fill_rule=FillRule("volume", 0.001))
    assert "share of a bar's volume (0.001)" in result.notes[0]
    whole = waiting(tmp_path, "limit=close * 0.998")
    assert max(t.qty for t in result.trades) < max(t.qty for t in whole.trades)


@pytest.mark.parametrize("options", [
    {"size": Sizing("atr", 0.01)}, {"size": Sizing("volatility", 0.5)}, {"slippage": Slippage("impact", 0.7)},
    {"fill_rule": FillRule("volume", 0.01)}, {"margin": Margin(3.0)}, {"trailing_stop": 0.01, "latency": 1},
])  # fmt: skip
def test_more_data_does_not_change_earlier_trades_with_any_of_them(options):
    whole = run_backtest(request(**options)).trades
    cut = BARS[:2000]
    # a trade that is still open at the cut ends there, and so may an order that waits
    early = [t for t in run_backtest(request(cut, **options)).trades if t.exit_reason is not ExitReason.END]
    assert len(early) > 10
    assert early == list(whole[: len(early)])


def test_all_of_it_travels_between_processes():
    asked = request(
        margin=Margin(3.0), fill_rule=FillRule("through"), slippage=Slippage("spread", 2.0), stop_loss=0.004,
        take_profit=0.004, fees={"BTCUSDT": Fees(0.0002, 0.0005)},
    )  # fmt: skip
    result = run_backtest(pickle.loads(pickle.dumps(asked)))
    back = pickle.loads(pickle.dumps(result))
    assert (back.trades, list(back.outcomes), list(back.cash_ledger)) == (
        result.trades, list(result.outcomes), list(result.cash_ledger),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Margin(500.0), OutOfRange, "1 to 200"),
        (lambda: Margin(2.0, "hedge"), UnknownName, "isolated, cross"),
        (lambda: FillRule("toch"), UnknownName, "'touch'"),
        (lambda: FillRule("volume", 0.0), OutOfRange, "above 0"),
        (lambda: Slippage("bips"), UnknownName, "'bps'"),
        (lambda: Slippage("table"), InvalidInput, "table"),
        (lambda: Slippage("table", table=((2.0, 1.0), (1.0, 1.0))), InvalidInput, "rising"),
        (lambda: Fees(-0.1, 0.0), OutOfRange, "maker fee"),
        (lambda: RiskTier(0.0, 0.1, 5.0), OutOfRange, "risk tier"),
        (lambda: request(latency=-1), OutOfRange, "latency"),
        (lambda: request(latency_ms=float("nan")), OutOfRange, "latency_ms"),
        (lambda: request(target_order="stop"), UnknownName, "market"),
        (lambda: request(borrow=-0.1), OutOfRange, "borrowing rate"),
        (lambda: request(maker_fee=-0.1), OutOfRange, "maker fee"),
        (lambda: request(size=Sizing.parse("qty=-1")), OutOfRange, "above 0"),
        (lambda: request(trailing_stop=2.0), OutOfRange, "trailing_stop"),
        (lambda: request(max_entries=0), OutOfRange, "max_entries"),
        (lambda: run_backtest(request(instruments=rules_of(["ETHUSDT=min:1"]))), InvalidInput, "rules for ETHUSDT"),
        (lambda: run_backtest(request(fees={"ETHUSDT": Fees(0.0, 0.0)})), InvalidInput, "not in this backtest"),
        (lambda: run_backtest(request(source={"funding_path": "no.csv"})), DataSourceError, "can't be read"),
        (lambda: request(source={"funding_time": np.array([1])}), InvalidInput, "times and its rates"),
    ],
)
def test_what_can_not_be_says_so(make, error, says):
    with pytest.raises(error, match=says):
        make()


@pytest.mark.parametrize(
    ("text", "says"), [("time,rate\n1,2\n", "no column"), ("timestamp,funding_rate\n1,x\n", "line 2")]
)
def test_a_funding_file_that_can_not_be_read_names_the_place(tmp_path, text, says):
    path = tmp_path / "funding.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFormatError, match=says):
        run_backtest(request(source={"funding_path": str(path)}))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("limit=close[:5]", "'limit' as float64 of \\(5,\\)"),
        ("cancel=close", "'cancel' as float64"),
        ("trail=-close", "'trail' that is infinite or not above 0"),
        ("ladder=(close,), ladder_shares=()", "one share for each"),
        ("ladder=(close, close), ladder_shares=(0.8, 0.8)", "sum to more than 1"),
        ("valid_bars=-1", "valid_bars below 0"),
        ("grid=(close,), grid_shares=()", "one share for each"),
        ("grid=(close,) * 17, grid_shares=(0.05,) * 17", "16 at most"),
        ("grid=(close, close), grid_shares=(0.5, 0.5), grid_targets=(close,)", "one 'grid_targets' for each"),
        ("grid=(-close,), grid_shares=(1.0,)", "'grid' that is infinite or not above 0"),
        ("grid=(close[:3],), grid_shares=(1.0,)", "'grid\\[0\\]' as float64 of \\(3,\\)"),
        ("stop=close.astype(np.float32)", "'stop' as float32"),
    ],
)
def test_a_strategy_that_asks_for_what_can_not_be_is_told(tmp_path, options, says):
    with pytest.raises(InvalidInput, match=says):
        waiting(tmp_path, options)


def test_a_grid_of_a_strategy_buys_at_its_prices_and_sells_at_its_targets(tmp_path):
    options = (
        "grid=(close * 0.999, close * 0.997), grid_shares=(0.5, 0.5), "
        "grid_targets=(close * 1.001, close * 0.999), grid_repeat=True"
    )
    result = waiting(tmp_path, options)
    assert len(result.trades) > 20
    assert {t.exit_reason for t in result.trades} <= {ExitReason.TAKE_PROFIT, ExitReason.SIGNAL, ExitReason.END}
    assert any(len(t.exits) > 1 for t in result.trades)
    counts = result.outcomes.counts()
    assert counts[Outcome.FILLED] + counts[Outcome.PARTLY_FILLED] > 20
    assert math.fsum(result.cash_ledger.amount) + 10_000.0 == pytest.approx(result.final_equity, abs=1e-9)


def test_borrowing_costs_a_short_its_rate_a_year():
    bars = bars_of([100.0] * 289)
    source = {"funding_time": bars.time[:0], "funding_rate": np.empty(0)}
    plain = run_backtest(request(bars, "buy_and_hold", source=source, fee=0.0, margin=Margin(2.0)))
    paid = run_backtest(request(bars, "buy_and_hold", fee=0.0, margin=Margin(2.0), borrow=0.365))
    assert "borrow" not in plain.costs
    # 10,000 are borrowed for a day, of which a tenth of a percent is paid in hours
    assert paid.costs["borrow"] == pytest.approx(10.0, rel=0.05)
    assert paid.cash_ledger.total("borrow") == pytest.approx(-paid.costs["borrow"])
    assert paid.final_equity == pytest.approx(10_000.0 - paid.costs["borrow"])


def test_volumes_of_nothing_fill_nothing_and_lose_nothing():
    still = bars_of([100.0 + 10.0 * math.sin(i / 20) for i in range(400)])
    still.volume[:] = 0.0
    result = run_backtest(request(still, fill_rule=FillRule("volume", 0.1)))
    assert (len(result.trades), result.final_equity) == (0, 10_000.0)
    slipping = run_backtest(request(still, slippage=Slippage("impact", 1.0)))
    assert math.isfinite(slipping.final_equity)


def test_bars_with_holes_are_walked_one_after_the_other():
    kept = np.r_[0:200, 400:1000]
    names = ("time", "open", "high", "low", "close", "volume", "turnover")
    holed = Bars(*(getattr(BARS, name)[kept] for name in names))
    result = run_backtest(request(holed, max_bars=5, stop_loss=0.01))
    assert result.bars == 800
    assert all(t.bars <= 5 for t in result.trades)


def test_a_run_without_a_trade_says_what_became_of_the_wishes(tmp_path):
    quiet = Bars(*(getattr(BARS, n) for n in ("time", "open", "high", "low", "close")), *np.zeros((2, len(BARS))))
    found = run_backtest(request(quiet, fill_rule=FillRule("volume", 0.1)))
    assert not len(found.trades)
    assert any(note.startswith("No trade was made: ") and "(" in note for note in found.notes)
    never = waiting(tmp_path, "enter_long=np.zeros(n, np.bool_)")
    assert "No trade was made: the strategy never wished to enter." in never.notes
