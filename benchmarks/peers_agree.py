"""Do other backtesters make the same trades? The crossover of two averages on real minutes, side by side.

    python benchmarks/peers_agree.py --csv BTCUSDT_1m.csv.gz --peers PATH/TO/PYTHON [--bars 525600] [--json FILE]

PATH/TO/PYTHON has benchmarks/requirements.txt installed, in an environment of its own: the peers want other versions of
the libraries. Every side buys one coin at the open after the fast average crossed above the slow one, sells it at the
open after it crossed back, and pays 0.055 % a side. Then the same with a stop 2 % below and a target 4 % above: of the
close of the decision for backtesting.py, which wants prices with the order, of the fill for vectorbt.

Each peer is asked twice: with its own averages and crossings, and with ours, which leaves the fills alone to differ.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

FEE, CASH, FAST, SLOW, STOP, TARGET = 0.00055, 1e9, 20, 50, 0.02, 0.04
PEERS = ("backtesting.py", "vectorbt")
_CENT = 1e-6  # quote coin; smaller differences are rounding
COLUMNS = ("time", "open", "high", "low", "close", "volume")


def main() -> None:
    asked = _arguments()
    if asked.peer:
        _as_peer(asked.peer, Path(asked.folder))
        return
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    with tempfile.TemporaryDirectory() as name:
        rows = _compare(asked, Path(name))
    _show(rows)
    if asked.json:
        Path(asked.json).write_text(json.dumps(rows, indent=2), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--csv", help="one-minute candles of one symbol")
    parser.add_argument("--peers", help="the Python that has the peers installed")
    parser.add_argument("--bars", type=int, default=525_600)
    parser.add_argument("--json", help="write the findings there")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(asked: argparse.Namespace, folder: Path) -> list[dict]:
    """One row a peer, kind of crossing and workload."""
    bars, symbol = _bars(asked)
    crossings = _crossings(bars)
    np.savez(folder / "bars.npz", **{name: getattr(bars, name) for name in COLUMNS}, **crossings)
    rows = []
    for peer in PEERS:
        subprocess.run([asked.peers, __file__, "--peer", peer, "--folder", str(folder)], check=True)
        found = np.load(folder / f"{peer}.npz")
        for levels in (False, True):
            ours = _ours(bars, symbol, levels, of_close=peer == "backtesting.py")
            for own in (True, False):
                theirs = found[f"{'levels' if levels else 'plain'}_{'own' if own else 'same'}"]
                rows.append(_row(peer, levels, own, ours, theirs))
    return rows


def _bars(asked: argparse.Namespace):
    from shared_modules.core.candle_files import read_candle_file

    file = read_candle_file(Path(asked.csv))
    return file.bars[: asked.bars], file.symbol


def _crossings(bars) -> dict[str, np.ndarray]:
    from shared_modules.indicators import crossed_above, crossed_below, sma

    fast, slow = sma(bars.close, FAST), sma(bars.close, SLOW)
    return {"up": crossed_above(fast, slow), "down": crossed_below(fast, slow)}


def _ours(bars, symbol: str, levels: bool, of_close: bool) -> np.ndarray:
    """Rows of entry time, exit time, entry price, exit price, profit."""
    from shared_modules.backtester import BacktestRequest, BarSource, Sizing, run_backtest

    stops = {"stop_loss": STOP, "take_profit": TARGET} if levels else {}
    parameters = {"fast": FAST, "slow": SLOW} | (stops if of_close else {})
    source = BarSource(symbol, "1m", bars=bars)
    result = run_backtest(BacktestRequest(
        "sma_cross", parameters, (source,), cash=CASH, fee=FEE, size=Sizing.parse("qty=1"),
        **({} if of_close else stops),
    ))  # fmt: skip
    return np.array([(t.entry_time, t.exit_time, t.entry_price, t.exit_price, t.pnl) for t in result.trades])


def _row(peer: str, levels: bool, own: bool, ours: np.ndarray, theirs: np.ndarray) -> dict:
    mine = {tuple(t[:2]): t for t in ours}
    others = {tuple(t[:2]): t for t in theirs}
    both = mine.keys() & others.keys()
    a, b = (np.array([side[key][2:] for key in sorted(both)]).reshape(-1, 3) for side in (mine, others))
    entries = {t[0] for t in ours} & {t[0] for t in theirs}
    return {
        "peer": peer,
        "rule": "stop 2 %, target 4 %" if levels else "crossing alone",
        "crossings": "its own" if own else "ours",
        "ours": len(ours),
        "theirs": len(theirs),
        "same entry": len(entries),
        "same entry and exit": len(both),
        "other prices": int((np.abs(a[:, :2] - b[:, :2]).max(axis=1) > _CENT).sum()),
        "other profits": int((np.abs(a[:, 2] - b[:, 2]) > _CENT).sum()),
        "last trade": [[float(x) for x in side[-1]] for side in (ours, theirs)],
        "profit ours": float(ours[:, 4].sum()),
        "profit theirs": float(theirs[:, 4].sum()),
        "only ours": _some(ours, others),
        "only theirs": _some(theirs, mine),
    }


def _some(rows: np.ndarray, known: dict) -> list[list[float]]:
    return [[float(x) for x in t] for t in rows if tuple(t[:2]) not in known][:5]


def _show(rows: list[dict]) -> None:
    names = [n for n in rows[0] if not n.startswith(("only", "last"))]
    print(" | ".join(names))
    for row in rows:
        print(" | ".join(f"{row[n]:.6g}" if isinstance(row[n], float) else str(row[n]) for n in names))


# in the peers' own interpreter


def _as_peer(peer: str, folder: Path) -> None:
    data = np.load(folder / "bars.npz")
    run = {"backtesting.py": _backtesting, "vectorbt": _vectorbt}[peer]
    found = {}
    for levels in (False, True):
        for own in (True, False):
            found[f"{'levels' if levels else 'plain'}_{'own' if own else 'same'}"] = run(data, levels, own)
    np.savez(folder / f"{peer}.npz", **found)


def _backtesting(data, levels: bool, own: bool) -> np.ndarray:
    import pandas as pd
    from backtesting import Backtest, Strategy
    from backtesting.lib import crossover
    from backtesting.test import SMA

    index = pd.to_datetime(data["time"], unit="ms")
    frame = pd.DataFrame({n.capitalize(): data[n] for n in COLUMNS[1:]}, index=index)
    up, down = data["up"], data["down"]

    class Cross(Strategy):
        def init(self) -> None:
            if own:
                self.fast = self.I(SMA, self.data.Close, FAST)
                self.slow = self.I(SMA, self.data.Close, SLOW)

        def next(self) -> None:
            row = len(self.data) - 1
            if crossover(self.fast, self.slow) if own else up[row]:
                if not self.position:
                    price = self.data.Close[-1]
                    # its levels are prices given with the order, before the fill's price is known
                    self.buy(size=1, sl=price * (1 - STOP), tp=price * (1 + TARGET)) if levels else self.buy(size=1)
            elif (crossover(self.slow, self.fast) if own else down[row]) and self.position:
                self.position.close()

    test = Backtest(frame, Cross, cash=CASH, commission=FEE, exclusive_orders=False, finalize_trades=True)
    trades = test.run()["_trades"]
    time = data["time"]
    return np.column_stack([
        time[trades["EntryBar"]], time[trades["ExitBar"]], trades["EntryPrice"], trades["ExitPrice"], trades["PnL"]
    ])  # fmt: skip


def _vectorbt(data, levels: bool, own: bool) -> np.ndarray:
    import pandas as pd
    import vectorbt as vbt

    index = pd.to_datetime(data["time"], unit="ms")
    frame = pd.DataFrame({n: data[n] for n in COLUMNS[1:]}, index=index)
    if own:
        fast, slow = vbt.MA.run(frame["close"], FAST), vbt.MA.run(frame["close"], SLOW)
        up, down = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
    else:
        up, down = pd.Series(data["up"], index=index), pd.Series(data["down"], index=index)
    stops = {"sl_stop": STOP, "tp_stop": TARGET, "stop_entry_price": "fillprice"} if levels else {}
    portfolio = vbt.Portfolio.from_signals(
        frame["close"], up.vbt.fshift(1), down.vbt.fshift(1), price=frame["open"], open=frame["open"],
        high=frame["high"], low=frame["low"], size=1.0, fees=FEE, init_cash=CASH, freq="1min", **stops,
    )  # fmt: skip
    trades = portfolio.trades.records
    time = data["time"]
    return np.column_stack([
        time[trades["entry_idx"]], time[trades["exit_idx"]], trades["entry_price"], trades["exit_price"], trades["pnl"]
    ])  # fmt: skip


if __name__ == "__main__":
    main()
