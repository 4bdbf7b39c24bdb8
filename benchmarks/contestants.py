"""One contestant on one workload: `python contestants.py NAME WORKLOAD BARS.npz REPEATS` prints a line of JSON.

Each library is imported by its own function alone, so that each can live in an environment of its own. Times are CPU
seconds of the process, all threads together, without reading the bars: other work on the machine counts less then.
"""

import ctypes
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FEE, CASH, FAST, SLOW, STOP, TARGET = 0.00055, 10_000.0, 20, 50, 0.02, 0.04
PAIRS = [(f, s) for f in range(5, 25) for s in range(30, 80, 5)]  # 200
Found = dict[str, Any]
Work = Callable[[], Found]


def stops_of(workload: str) -> tuple[float, float]:
    return (STOP, TARGET) if workload == "w2" else (0.0, 0.0)


# ours ----------------------------------------------------------------------------------------------------------------
def _ours(d: Any, workload: str, **more: Any) -> Any:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from shared_modules.backtester import BacktestRequest, BarSource
    from shared_modules.core.bars import Bars

    stop, target = stops_of(workload)
    many = [d] if workload != "w4" else [{n: d[f"{n}_{k}"] for n in COLUMNS} for k in range(int(d["symbols"]))]
    frame = "5m" if workload == "w4" else "1m"
    sources = tuple(BarSource(f"S{k:02}", frame, bars=Bars.of(*(m[n] for n in COLUMNS))) for k, m in enumerate(many))
    if workload == "w4":
        from shared_modules.matching import Sizing

        more |= {"max_positions": 5, "size": Sizing("equity", 0.2)}
    return BacktestRequest(
        "sma_cross", {"fast": FAST, "slow": SLOW}, sources, cash=CASH, fee=FEE, stop_loss=stop or None,
        take_profit=target or None, **more,
    )  # fmt: skip


COLUMNS = ("time", "open", "high", "low", "close", "volume")


def ours(d: Any, workload: str) -> Work:
    request = _ours(d, workload)
    from shared_modules.backtester import run_backtest

    if workload == "w3":
        from shared_modules.backtester.sweep import sweep

        grid = [{"fast": f, "slow": s} for f, s in PAIRS]

        def many() -> Found:
            table = sweep(request, grid)
            return {"trades": int(table.metrics["trades"].sum()), "final": float(table.metrics["final_equity"][0])}

        return many

    def one() -> Found:
        result = run_backtest(request)
        return {"trades": len(result.trades), "final": result.final_equity}

    return one


def ours_on_bar(d: Any, workload: str) -> Work:
    request = _ours(d, workload, decide_by="on_bar")
    from shared_modules.backtester import run_backtest

    def one() -> Found:
        result = run_backtest(request)
        return {"trades": len(result.trades), "final": result.final_equity}

    return one


# bare loops ----------------------------------------------------------------------------------------------------------
def bare_c(d: Any, workload: str) -> Work:
    import subprocess
    import tempfile

    library = Path(tempfile.gettempdir()) / "sma_loop.so"
    source = Path(__file__).with_name("sma_loop.c")
    subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
    code = ctypes.CDLL(str(library))
    code.run.restype = ctypes.c_int64
    n = len(d["close"])
    columns = [np.ascontiguousarray(d[name]) for name in ("open", "high", "low", "close")]
    equity, trades, out = np.empty(n), np.empty((n // 4, 6)), np.zeros(3)
    arrays = (*columns, equity, trades, out)
    stop, target = stops_of(workload)

    def one(fast: int = FAST, slow: int = SLOW) -> Found:
        values, pointers = (FEE, CASH, stop, target), [ctypes.c_void_p(x.ctypes.data) for x in arrays]
        count = code.run(
            *pointers[:4], ctypes.c_int64(n), fast, slow, *(ctypes.c_double(v) for v in values), *pointers[4:]
        )
        return {"trades": int(count), "final": float(out[0])}

    if workload == "w3":
        return lambda: {"trades": sum(one(f, s)["trades"] for f, s in PAIRS), "final": 0.0}
    return one


def bare_numba(d: Any, workload: str) -> Work:
    from numba import njit

    @njit(error_model="numpy")
    def loop(open, close, fast, slow, fee, cash, equity):  # type: ignore[no-untyped-def]
        a = b = qty = entry = paid = 0.0
        want, was, trades = 0, -1, 0
        for i in range(len(close)):
            if want == 1 and qty == 0.0:
                qty, entry = cash / (open[i] * (1.0 + fee)), open[i]
                paid = qty * entry * fee
                cash -= paid
            elif want == -1 and qty != 0.0:
                cash += qty * (open[i] - entry) - qty * open[i] * fee
                qty, trades = 0.0, trades + 1
            want = 0
            a += close[i]
            b += close[i]
            if i >= fast:
                a -= close[i - fast]
            if i >= slow:
                b -= close[i - slow]
            if i >= slow - 1:
                now = 1 if a / fast > b / slow else 0
                if was >= 0 and now != was:
                    want = 1 if now else -1
                was = now
            equity[i] = cash + qty * (close[i] - entry) if qty != 0.0 else cash
        return trades

    equity = np.empty(len(d["close"]))

    def one() -> Found:
        if workload == "w3":
            count = 0
            for f, s in PAIRS:
                count += loop(d["open"], d["close"], f, s, FEE, CASH, equity)
            return {"trades": count, "final": float(equity[-1])}
        return {"trades": loop(d["open"], d["close"], FAST, SLOW, FEE, CASH, equity), "final": float(equity[-1])}

    return one


# peers ---------------------------------------------------------------------------------------------------------------
def vectorbt(d: Any, workload: str) -> Work:
    """Two figures: the least that can be called a result."""
    return _vectorbt(d, workload, lambda folio: (folio.sharpe_ratio(), folio.max_drawdown()))


def vectorbt_figures(d: Any, workload: str) -> Work:
    """With the core figures that ours and raptorbt's results have."""
    return _vectorbt(d, workload, _core_figures)


def _core_figures(folio: Any) -> tuple[Any, ...]:
    trades = folio.trades
    own = [getattr(folio, name)() for name in (
        "total_return", "total_profit", "final_value", "annualized_return", "annualized_volatility", "sharpe_ratio",
        "sortino_ratio", "calmar_ratio", "omega_ratio", "max_drawdown", "value_at_risk", "cond_value_at_risk",
    )]  # fmt: skip
    of_trades = [getattr(trades, name)() for name in ("count", "win_rate", "profit_factor", "expectancy")]
    wins, losses = trades.winning.pnl, trades.losing.pnl
    extremes = wins.mean(), losses.mean(), trades.pnl.max(), trades.pnl.min(), trades.duration.mean()
    fees = folio.orders.fees.sum()
    return (*own, *of_trades, *extremes, fees, folio.drawdowns.max_duration())


def _vectorbt(d: Any, workload: str, figures: Callable[[Any], Any]) -> Work:
    import pandas as pd
    import vectorbt as vbt

    if workload == "w4":
        return _vectorbt_many(d, figures)
    index = pd.to_datetime(d["time"], unit="ms")  # with a time zone it spends 20 s on the index
    o, h, lo, c = (pd.Series(d[n], index) for n in ("open", "high", "low", "close"))
    stop, target = stops_of(workload)
    levels = {"sl_stop": stop, "tp_stop": target, "open": o, "high": h, "low": lo} if stop else {}

    def run(fast: int, slow: int) -> Any:
        a, b = vbt.MA.run(c, fast), vbt.MA.run(c, slow)
        entries = a.ma_crossed_above(b).vbt.signals.fshift(1)
        exits = a.ma_crossed_below(b).vbt.signals.fshift(1)
        folio = vbt.Portfolio.from_signals(c, entries, exits, price=o, fees=FEE, init_cash=CASH, freq="1min", **levels)
        figures(folio)
        return folio

    def one() -> Found:
        if workload == "w3":  # a few of the pairs: the time is the same for each
            counts = [int(run(f, s).trades.count()) for f, s in PAIRS[::40]]
            return {"trades": sum(counts), "final": 0.0, "combinations": len(counts)}
        folio = run(FAST, SLOW)
        return {"trades": int(folio.trades.count()), "final": float(folio.final_value())}

    return one


def _vectorbt_many(d: Any, figures: Callable[[Any], Any]) -> Work:
    import pandas as pd
    import vectorbt as vbt

    symbols = range(int(d["symbols"]))
    index = pd.to_datetime(d["time_0"], unit="ms")
    o, c = (pd.DataFrame({k: d[f"{n}_{k}"] for k in symbols}, index) for n in ("open", "close"))

    def one() -> Found:
        a, b = vbt.MA.run(c, FAST), vbt.MA.run(c, SLOW)
        entries, exits = a.ma_crossed_above(b), a.ma_crossed_below(b)
        entries.columns = exits.columns = c.columns
        folio = vbt.Portfolio.from_signals(
            c, entries.vbt.signals.fshift(1), exits.vbt.signals.fshift(1), price=o, fees=FEE, init_cash=CASH,
            size=0.2, size_type="percent", cash_sharing=True, group_by=True, call_seq="auto", freq="5min",
        )  # fmt: skip
        figures(folio)
        return {"trades": int(folio.trades.count()), "final": float(folio.final_value())}

    return one


def _crossed(a: Any, b: Any) -> tuple[Any, Any]:
    with np.errstate(invalid="ignore"):
        over, under = a > b, a < b
    up, down = np.zeros(len(a), bool), np.zeros(len(a), bool)
    up[1:], down[1:] = over[1:] & under[:-1], under[1:] & over[:-1]
    return up, down


def raptorbt(d: Any, workload: str) -> Work:
    import raptorbt as rb

    config = rb.BacktestConfig(initial_capital=CASH, fees=FEE, fill_timing="next_bar_open", periods_per_year=525_600.0)
    if workload == "w2":
        config.set_fixed_stop(STOP)
        config.set_fixed_target(TARGET)
    if workload == "w4":
        return _raptorbt_many(d)
    prices = (d["time"] * 1_000_000, d["open"], d["high"], d["low"], d["close"], d["volume"])
    close = d["close"]

    def one() -> Found:
        if workload == "w3":
            lines = {p: rb.sma(close, p) for p in {x for pair in PAIRS[::10] for x in pair}}
            items = [rb.BatchSingleItem(f"{f}-{s}", *_crossed(lines[f], lines[s])) for f, s in PAIRS[::10]]
            found = rb.batch_single_backtest(*prices, items, config)
            return {"trades": sum(r.metrics.total_trades for _, r in found), "final": 0.0, "combinations": len(items)}
        up, down = _crossed(rb.sma(close, FAST), rb.sma(close, SLOW))
        result = rb.run_single_backtest(*prices, up, down, config=config)
        return {"trades": int(result.metrics.total_trades), "final": float(result.metrics.end_value)}

    return one


def _raptorbt_many(d: Any) -> Work:
    import raptorbt as rb

    # of its portfolio modes the one that fills at the close of the decision is causal; the next open is not offered
    config = rb.BacktestConfig(
        initial_capital=CASH, fees=FEE, fill_timing="same_bar_close", max_positions=5, periods_per_year=105_120.0
    )

    def one() -> Found:
        items = []
        for k in range(int(d["symbols"])):
            close = d[f"close_{k}"]
            up, down = _crossed(rb.sma(close, FAST), rb.sma(close, SLOW))
            prices = (d[f"time_{k}"] * 1_000_000, *(d[f"{n}_{k}"] for n in COLUMNS[1:]))
            items.append((*prices, up, down, 1, 1.0, f"S{k:02}"))
        result = rb.run_portfolio_backtest(items, config=config)
        return {"trades": int(result.metrics.total_trades), "final": float(result.metrics.end_value)}

    return one


def backtesting(d: Any, workload: str) -> Work:
    import pandas as pd
    from backtesting import Backtest, Strategy
    from backtesting.lib import crossover

    index = pd.to_datetime(d["time"], unit="ms")
    frame = pd.DataFrame({n.title(): d[n] for n in COLUMNS[1:]}, index)

    class Cross(Strategy):
        def init(self) -> None:
            self.a = self.I(lambda x: pd.Series(x).rolling(FAST).mean(), self.data.Close)
            self.b = self.I(lambda x: pd.Series(x).rolling(SLOW).mean(), self.data.Close)

        def next(self) -> None:
            if crossover(self.a, self.b):
                self.buy()
            elif crossover(self.b, self.a):
                self.position.close()

    def one() -> Found:
        stats = Backtest(frame, Cross, cash=100 * CASH * 10, commission=FEE, finalize_trades=True).run()
        return {"trades": int(stats["# Trades"]), "final": float(stats["Equity Final [$]"])}

    return one


def backtrader(d: Any, workload: str) -> Work:
    import backtrader as bt
    import pandas as pd

    index = pd.to_datetime(d["time"], unit="ms")
    frame = pd.DataFrame({n: d[n] for n in COLUMNS[1:]}, index)

    class Cross(bt.Strategy):  # type: ignore[misc]
        def __init__(self) -> None:
            self.cross = bt.ind.CrossOver(bt.ind.SMA(period=FAST), bt.ind.SMA(period=SLOW))
            self.count = 0

        def next(self) -> None:
            if self.cross > 0 and not self.position:
                self.buy()
            elif self.cross < 0 and self.position:
                self.close()
                self.count += 1

    def one() -> Found:
        engine = bt.Cerebro(stdstats=False)
        engine.adddata(bt.feeds.PandasData(dataname=frame))
        engine.addstrategy(Cross)
        engine.addsizer(bt.sizers.FixedSize, stake=0.01)
        engine.broker.setcash(CASH)
        engine.broker.setcommission(FEE)
        run = engine.run()[0]
        return {"trades": run.count, "final": float(engine.broker.getvalue())}

    return one


def vnpy(d: Any, workload: str) -> Work:
    from datetime import UTC, datetime

    from vnpy.trader.constant import Exchange, Interval
    from vnpy.trader.object import BarData
    from vnpy_ctastrategy import ArrayManager, CtaTemplate
    from vnpy_ctastrategy.backtesting import BacktestingEngine

    class Cross(CtaTemplate):  # type: ignore[misc]
        def on_init(self) -> None:
            self.lines = ArrayManager(SLOW + 2)

        def on_bar(self, bar: Any) -> None:
            self.cancel_all()
            self.lines.update_bar(bar)
            if not self.lines.inited:
                return
            a, b = self.lines.sma(FAST, array=True), self.lines.sma(SLOW, array=True)
            if a[-1] > b[-1] and a[-2] <= b[-2] and not self.pos:
                self.buy(bar.close_price * 1.1, 0.01)
            elif a[-1] < b[-1] and a[-2] >= b[-2] and self.pos:
                self.sell(bar.close_price * 0.9, abs(self.pos))

    rows = zip(*(d[n].tolist() for n in COLUMNS), strict=True)
    bars = [
        BarData(
            gateway_name="x", symbol="S", exchange=Exchange.GLOBAL, datetime=datetime.fromtimestamp(t / 1000, UTC),
            interval=Interval.MINUTE, open_price=o, high_price=h, low_price=lo, close_price=c, volume=v,
        )
        for t, o, h, lo, c, v in rows
    ]  # fmt: skip

    def one() -> Found:
        engine = BacktestingEngine()
        engine.output = lambda text: None
        engine.set_parameters("S.GLOBAL", Interval.MINUTE, bars[0].datetime, FEE, 0.0, 1.0, 0.01, CASH)
        engine.add_strategy(Cross, {})
        engine.history_data = bars
        engine.run_backtesting()
        engine.calculate_result()
        engine.calculate_statistics(output=False)
        return {"trades": len(engine.trades) // 2, "final": 0.0}

    return one


def fast_trade(d: Any, workload: str) -> Work:
    import polars as pl
    from fast_trade import run_backtest

    times = pl.Series(d["time"]).cast(pl.Datetime("ms")).cast(pl.Datetime("us"))
    frame = pl.DataFrame({"date": times, **{n: d[n] for n in COLUMNS[1:]}})
    asked = {
        "start": str(times[0]), "stop": str(times[-1]), "base": "BTC", "quote": "USDT", "exchange": "x",
        "freq": "1Min", "comission": 100 * FEE, "base_balance": CASH, "any_enter": [], "any_exit": [],
        "datapoints": [{"name": "a", "transformer": "sma", "args": [FAST]},
                       {"name": "b", "transformer": "sma", "args": [SLOW]}],
        "enter": [["a", ">", "b"]], "exit": [["a", "<", "b"]], "trailing_stop_loss": 0.0,
    }  # fmt: skip

    def one() -> Found:
        result = run_backtest(asked, frame)
        return {"trades": int(result["summary"]["num_trades"]) // 2, "final": 0.0}

    return one


CONTESTANTS: dict[str, Callable[[Any, str], Work]] = {
    f.__name__: f
    for f in (
        ours, ours_on_bar, bare_c, bare_numba, vectorbt, vectorbt_figures, raptorbt, backtesting, backtrader, vnpy,
        fast_trade,
    )
}  # fmt: skip


def main() -> None:
    """Run what the command line names and print its median."""
    name, workload, path, repeats = sys.argv[1:5]
    with np.load(path) as file:
        data = dict(file)
    work = CONTESTANTS[name](data, workload)
    found = work() if int(repeats) > 1 else {}
    times = []
    for _ in range(int(repeats)):
        began, wall = time.process_time(), time.perf_counter()
        found = work()
        times.append((time.process_time() - began, time.perf_counter() - wall))
    cpu, wall = sorted(times)[len(times) // 2]
    print(json.dumps({**found, "cpu": cpu, "wall": wall}))


if __name__ == "__main__":
    main()
