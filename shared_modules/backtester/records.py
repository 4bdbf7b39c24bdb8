"""What a result keeps of single events, as columns that are cheap to carry and easy to read row by row."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats, Times
from shared_modules.matching.orders import OUTCOMES, Outcome
from shared_modules.matching.state import CASH_KINDS

_NO_TIMES, _NO_CODES, _NO_FLOATS = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)


@dataclass(frozen=True, slots=True)
class CashRow:
    """One change of cash; ``kind`` is one of `CASH_KINDS`, ``amount`` in quote coin, negative when paid."""

    time: int
    symbol: str
    kind: str
    amount: float


@dataclass(frozen=True, eq=False)
class CashLedger:
    """Every change of cash in order; the starting cash plus all amounts is the cash at the end."""

    symbols: tuple[str, ...] = ()
    time: Times = field(default_factory=lambda: _NO_TIMES)
    symbol: NDArray[np.int64] = field(default_factory=lambda: _NO_CODES)
    kind: NDArray[np.int64] = field(default_factory=lambda: _NO_CODES)
    amount: Floats = field(default_factory=lambda: _NO_FLOATS)

    def __len__(self) -> int:
        return len(self.time)

    def __iter__(self) -> Iterator[CashRow]:
        columns = (self.time.tolist(), self.symbol.tolist(), self.kind.tolist(), self.amount.tolist())
        return (CashRow(t, self.symbols[s], CASH_KINDS[k], a) for t, s, k, a in zip(*columns, strict=True))

    def total(self, kind: str) -> float:
        """The sum of all amounts of ``kind``."""
        return float(self.amount[self.kind == CASH_KINDS.index(kind)].sum())


@dataclass(frozen=True, slots=True)
class SignalOutcome:
    """What became of the wish to enter at the close of the bar of ``time``; ``side`` +1 long, -1 short, 0 both."""

    time: int
    symbol: str
    side: int
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class SignalOutcomes:
    """One row for each bar whose close brought a wish to enter: why there is a trade, or why not."""

    symbols: tuple[str, ...] = ()
    time: Times = field(default_factory=lambda: _NO_TIMES)
    symbol: NDArray[np.int64] = field(default_factory=lambda: _NO_CODES)
    side: NDArray[np.int64] = field(default_factory=lambda: _NO_CODES)
    code: NDArray[np.int64] = field(default_factory=lambda: _NO_CODES)

    def __len__(self) -> int:
        return len(self.time)

    def __iter__(self) -> Iterator[SignalOutcome]:
        columns = (self.time.tolist(), self.symbol.tolist(), self.side.tolist(), self.code.tolist())
        return (SignalOutcome(t, self.symbols[s], d, OUTCOMES[c - 1]) for t, s, d, c in zip(*columns, strict=True))

    def newest(self, most: int) -> tuple[SignalOutcome, ...]:
        """The last ``most`` in order of time, of one time by symbol."""
        rows = np.lexsort((self.symbol, self.time))[-most:]
        return tuple(SignalOutcomes(self.symbols, *(c[rows] for c in (self.time, self.symbol, self.side, self.code))))

    @property
    def words(self) -> tuple[str, ...]:
        """The outcome of each value of ``code`` in words; no wish has the code 0."""
        return ("", *(outcome.value for outcome in OUTCOMES))

    def counts(self) -> dict[Outcome, int]:
        """How many wishes ended in each way, the most frequent first."""
        return {OUTCOMES[code - 1]: n for code, n in Counter(self.code.tolist()).most_common()}
