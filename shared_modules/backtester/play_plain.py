"""Playing runs of plain rules: the loop over wishes of `matching/plain.py` in place of that over bars."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Times
from shared_modules.core.progress import Progress
from shared_modules.matching.coasting import Events, events_of
from shared_modules.matching.feed import Feed, Wishes
from shared_modules.matching.plain import finish, plain_run
from shared_modules.matching.plain_shape import Plain, is_plain, new_plain
from shared_modules.matching.state import CASH_ROW, FILL, Codes, Ledger, Rules, State

from .play import Played, emptied, empty_feed, keep_memory, load_compiled, own

__all__ = ["is_plain", "load_plain", "play_plain"]

# rows of all symbols between two looks at whether to stop: some ten milliseconds, after a short first step
_FIRST, _ROWS = 100_000, 8_000_000
_NO_FILLS, _NO_CASH, _NO_OUTCOMES = np.empty(0, FILL), np.empty(0, CASH_ROW), np.empty(0, np.int8)


def play_plain(
    feed: Feed,
    state: State,
    rules: Rules,
    times: Times,
    wishes: tuple[Codes, Wishes],
    events: Events,
    progress: Progress,
) -> Played:
    """As `play.play`, where `is_plain` holds; ``wishes`` are the rows with any and their flags."""
    plain, at, rows = new_plain(state, rules, feed, times, events), 0, _FIRST
    while at < len(times):
        progress.step(at / len(times), f"Bar {at:,} of {len(times):,}")
        stop = min(at + max(1, rows // len(feed.begin)), len(times))
        plain_run(plain, at, stop)
        at, rows = stop, _ROWS
    finish(plain)
    progress.step(1.0, "Played")
    account = state.account[0]
    trades, changes = int(account["trades"]), int(account["rows"])
    ledger = Ledger(own(plain.trades, trades), _NO_FILLS, _NO_CASH, _NO_OUTCOMES)
    cash = (plain.cash_time, plain.cash_symbol, plain.cash_kind, plain.cash_amount)
    exposure = float(account["exposed"]) / len(times)
    return Played(
        state, ledger, times, plain.equity, *wishes, _codes(plain, events), exposure, None,
        tuple(own(column, changes) for column in cash),
    )  # fmt: skip


def _codes(plain: Plain, events: Events) -> NDArray[np.int8]:
    """What became of the wishes in the order of their rows."""
    if events.order is None:
        return plain.codes  # type: ignore[no-any-return]
    codes = np.empty_like(plain.codes)
    codes[events.order] = plain.codes
    return codes  # type: ignore[no-any-return]


@cache
def load_plain() -> None:
    """Compile the loop over wishes, or load it from its cache, without any bar; once in a process."""
    keep_memory()
    state, rules = emptied()
    feed, times = empty_feed(1), np.empty(0, np.int64)
    events = events_of(feed, times, 0, np.empty(0, np.int64), feed.wishes)
    load_compiled(plain_run, new_plain(state, rules, feed, times, events), 0, 0)
