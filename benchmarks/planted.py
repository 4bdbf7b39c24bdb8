"""Defects planted into copies of real candles: each must be found, and after a repair the file must be as it was.

    python benchmarks/planted.py DATA [--trials 1000] [--rows 1500] [--seed 1]

DATA: a folder with candle files (CSV, also .gz) named SYMBOL_TIMEFRAME, searched with its folders. Each trial copies a
stretch of one file, plants one to four defects (rows deleted, repeated, shifted in time, swapped, cut off inside, a
digit wrong, a price a little wrong), checks the file as `data verify` does, then as `data verify --rest` does against
an exchange that has the original, repairs it and compares bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import HEADER, CandleFile, format_rows, read_candle_file
from shared_modules.core.errors import TradeBotError
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import Timeframe
from shared_modules.data_collection.audit import audit
from shared_modules.data_collection.integrity import verify_series
from shared_modules.data_collection.repair import Repairer
from shared_modules.data_collection.store import CandleStore
from shared_modules.exchanges.base import CandlePage, Capabilities

Lines = list[str]


class Exchange:
    """Has exactly the candles that it was given."""

    name = "original"

    def __init__(self, bars: Bars, timeframe: Timeframe) -> None:
        self.bars = bars
        self.now = int(bars.time[-1]) + 400 * timeframe.ms
        self.capabilities = Capabilities((timeframe,), (Category.LINEAR,), 1000, (1,))

    async def server_time(self) -> int:
        return self.now

    async def candles(self, series: Series, start: int, end: int, **_: object) -> CandlePage:
        return CandlePage(self.bars.between(start, end).tail(1000), None, self.now)


def deleted(lines: Lines, row: int, dice: random.Random) -> None:
    del lines[row : min(len(lines) - 1, row + dice.randint(1, 5))]


def repeated(lines: Lines, row: int, dice: random.Random) -> None:
    lines.insert(row, lines[row])


def shifted(lines: Lines, row: int, dice: random.Random) -> None:
    _change(lines, row, 0, lambda text: str(int(text) + dice.choice((-14_789, 1, 30_000))))


def digit_wrong(lines: Lines, row: int, dice: random.Random) -> None:
    _change(lines, row, dice.randrange(1, 5), lambda text: text.replace(".", "") + "9")


def slightly_wrong(lines: Lines, row: int, dice: random.Random) -> None:
    """Two thousandths: nothing that a look at the file alone must find."""
    _change(lines, row, dice.randrange(1, 5), lambda text: repr(float(text) * 1.002))


def cut_off(lines: Lines, row: int, dice: random.Random) -> None:
    lines[row] = lines[row][: dice.randrange(1, lines[row].rindex(","))]


def swapped(lines: Lines, row: int, dice: random.Random) -> None:
    other = dice.randrange(2, len(lines) - 2)
    lines[row], lines[other] = lines[other], lines[row]


KINDS: tuple[Callable[[Lines, int, random.Random], None], ...] = (
    deleted, repeated, shifted, swapped, cut_off, digit_wrong, slightly_wrong,
)  # fmt: skip


def _change(lines: Lines, row: int, column: int, change: Callable[[str], str]) -> None:
    cells = lines[row].split(",")
    # a line may have been cut off before
    if column < len(cells) and cells[column].replace(".", "").isdigit():
        cells[column] = change(cells[column])
        lines[row] = ",".join(cells)


async def trial(file: CandleFile, rows: int, root: Path, dice: random.Random, seen: Counter[str]) -> list[str]:
    """One copy with defects; sentences about what did not go as it must."""
    start = dice.randrange(0, max(1, len(file.bars) - rows))
    part = file.bars[start : start + rows]
    series = Series(Market("original", Category.LINEAR, file.symbol), file.timeframe)
    paths = DataPaths(root)
    path = paths.series(series)
    right = f"{HEADER}\n{format_rows(part)}"
    before = verify_series(series, part)
    lines = right.splitlines()
    kinds = [dice.choice(KINDS) for _ in range(dice.randint(1, 4))]
    for kind in kinds:
        kind(lines, dice.randrange(2, len(lines) - 2), dice)
    if (spoiled := "\n".join(lines) + "\n") == right:  # a row was swapped with itself
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(spoiled.encode())
    seen["trials"] += 1
    seen.update(kind.__name__ for kind in kinds)
    exchange = Exchange(part, file.timeframe)
    alone = verify_series(series, path)
    found_alone = alone.findings != before.findings or alone.notes != before.notes or alone.gaps != before.gaps
    seen["found in the file alone"] += found_alone
    (asked,) = await audit(exchange, paths, [alone])  # type: ignore[arg-type]
    found = found_alone or asked.findings != alone.findings
    seen["found"] += found
    store = CandleStore(paths, None)
    store.start()
    try:
        await Repairer(exchange, store, paths).repair_all([series], thorough=True)  # type: ignore[arg-type]
    finally:
        store.close()
    same = path.read_bytes() == right.encode()
    seen["repaired to the byte"] += same
    where = f"{file.path.name} from row {start} ({', '.join(kind.__name__ for kind in kinds)})"
    return [f"{where}: {word}" for word, holds in (("not found", found), ("not repaired", same)) if not holds]


async def run(data: Path, trials: int, rows: int, seed: int, tell: bool = True) -> tuple[Counter[str], list[str]]:
    """Counts, and what did not go as it must, of ``trials`` copies of the files under ``data``."""
    dice, seen, wrong = random.Random(seed), Counter[str](), list[str]()
    files = []
    for path in sorted((*data.rglob("*_*.csv.gz"), *data.rglob("*_*.csv"))):  # noqa: ASYNC240 - nothing else runs
        try:
            file = read_candle_file(path)
        except TradeBotError:
            continue  # funding, trades, quotes
        # real candles off the grid have no place in a series of their own
        if len(file.bars) > 200 and not (file.bars.time % file.timeframe.ms).any():
            files.append(file)
    seen["files"] = len(files)
    while seen["trials"] < trials:
        with tempfile.TemporaryDirectory() as folder:
            wrong += await trial(dice.choice(files), rows, Path(folder), dice, seen)
        if tell and seen["trials"] % 100 == 0:
            print(f"{seen['trials']:,} trials, {len(wrong)} wrong", flush=True)
    return seen, wrong


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("data", type=Path)
    options.add_argument("--trials", type=int, default=1000)
    options.add_argument("--rows", type=int, default=1500)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    seen, wrong = asyncio.run(run(chosen.data, chosen.trials, chosen.rows, chosen.seed))
    for sentence in wrong[:20]:
        print(sentence)
    print(", ".join(f"{n:,} {what}" for what, n in seen.items()), f"; {len(wrong)} wrong")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
