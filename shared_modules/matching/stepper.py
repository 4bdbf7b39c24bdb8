"""A market stepped one event at a time, by the functions that the backtest loops over.

Paper trading and the simulated exchange hold one each. Not safe for threads: whoever owns it feeds it.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.trading import OrderStatus

from . import events
from .costs import Costs, Fees
from .feed import Wish
from .kernel import (
    close_out,
    entry_at_open,
    equity_of,
    exits_at_open,
    on_bar_range,
    on_close,
    pay_borrow,
    pay_funding,
    ranked,
)
from .margin import DEFAULT_TIERS, RiskTier, tier_rows
from .orders import OUTCOMES, TIMES_IN_FORCE, Outcome
from .sizing import Sizing
from .snapshots import Known, Request, load, save
from .state import DEPTH, SLOTS, Ledger, Rules, State, grown, new_ledger, new_rules, new_state, set_fees, set_instrument
from .tickets import ENDED, NAN, OrderReport, Ticket

_NONE = np.empty(0)
NO_WISH = Wish(False, False, False, False, False, *(NAN,) * 13, _NONE, _NONE, _NONE)


@dataclass(frozen=True, slots=True)
class StepBar:
    """A finished bar and the wish at its close; ``volume`` infinite where the fill rule does not ask for it."""

    open: float
    high: float
    low: float
    close: float
    volume: float = math.inf
    impact: float = 0.0
    mark_high: float | None = None
    mark_low: float | None = None
    wish: Wish | None = None
    last: bool = False


class Stepper:
    """Positions, orders and money of one account in ``symbols``; every method is one event at a time in ms UTC.

    ``options`` are those of `state.new_rules`, ``latency_ms`` is what a request takes to reach the market. Events must
    come in order of time. ``bars``: room for outcomes of wishes, a symbol.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        cash: float,
        costs: Costs | None = None,
        sizing: Sizing | None = None,
        *,
        latency_ms: int = 0,
        bars: int = 1 << 16,
        **options: Any,
    ) -> None:
        costs = Costs() if costs is None else costs
        # equal strengths are served in order of names (F7)
        self.symbols = tuple(sorted(symbols))
        self.rules: Rules = new_rules(costs, Sizing() if sizing is None else sizing, **options)
        self.state: State = new_state(len(self.symbols), cash, costs)
        self.ledger: Ledger = new_ledger(256, bars * len(self.symbols))
        self.time = 0
        self._latency, self._bars = latency_ms, bars
        self._slot = {symbol: s for s, symbol in enumerate(self.symbols)}
        # outcomes of all symbols share one array: each has its stretch of rows
        self._row = [s * bars for s in range(len(self.symbols))]
        self._told: list[deque[Wish]] = [deque() for _ in self.symbols]
        self._requests: deque[Request] = deque()
        self._orders: dict[int, Known] = {}
        self._live: set[int] = set()
        self._updates: list[OrderReport] = []
        self._number = 0
        self.state.tiers[:] = tier_rows(DEFAULT_TIERS) if self.rules.leverage else self.state.tiers

    # what holds for a symbol

    def set_instrument(
        self, symbol: str, qty_step: float, min_qty: float, min_notional: float, max_qty: float = 0.0, tick: float = 0.0
    ) -> None:
        """Make ``symbol`` obey its instrument's rules; 0 stands for none."""
        set_instrument(self.state, self._of(symbol), qty_step, min_qty, min_notional, max_qty, tick)

    def set_fees(self, symbol: str, fees: Fees) -> None:
        """Let ``symbol`` pay ``fees``."""
        set_fees(self.state, self._of(symbol), fees)

    def set_tiers(self, symbol: str, tiers: Sequence[RiskTier]) -> None:
        """Give ``symbol`` its own risk tiers."""
        self.state.tiers[self._of(symbol)] = tier_rows(tiers)

    # events

    def on_bars(self, time: int, bars: Mapping[str, StepBar]) -> None:
        """Finished bars of any symbols that open at ``time``: exits first, then entries by rank, then the ranges."""
        self._begin(time, len(bars))
        here = sorted((self._of(symbol), bar) for symbol, bar in bars.items()) if len(bars) > 1 else [
            (self._of(symbol), bar) for symbol, bar in bars.items()
        ]  # fmt: skip
        common = (self.state, self.ledger, self.rules)
        present = np.zeros(len(self.symbols), np.bool_)
        for s, bar in here:
            present[s] = True
            self.state.book["mark"][s] = bar.open
            if self.state.book["qty"][s] != 0.0:
                exits_at_open(*common, s, time, self._row[s], bar.open, bar.volume, bar.impact)
        by_slot, order = dict(here), np.zeros(len(self.symbols), np.int64)
        for k in range(ranked(self.state, present, order)):
            s = int(order[k])
            bar = by_slot[s]
            entry_at_open(*common, s, time, self._row[s], bar.open, bar.volume, bar.impact)
        self.state.account["exposed"] += self.state.account["open"] > 0
        for s, bar in here:
            self._range(s, time, bar)
        # decisions come after the ranges of all (F5)
        for s, bar in here:
            row = self._row[s]
            self._decide(s, bar.close, bar.wish)
            if bar.last:
                close_out(*common, s, time, row, bar.close, bar.impact)
        self._end()

    def on_bar(self, symbol: str, time: int, bar: StepBar) -> None:
        """One finished bar of ``symbol``."""
        self.on_bars(time, {symbol: bar})

    def on_trade(self, symbol: str, time: int, price: float, qty: float = math.inf) -> None:
        """A trade of ``qty`` at ``price`` has been printed (F100)."""
        s = self._begin_of(symbol, time, price)
        events.on_trade(self.state, self.ledger, self.rules, s, time, self._row[s], price, qty, 0.0)
        self._end()

    def on_book(
        self, symbol: str, time: int, bids: Sequence[tuple[float, float]], asks: Sequence[tuple[float, float]]
    ) -> None:
        """The book's best levels as (price, quantity), best first, are now these (F101); empty sides forget it."""
        s = self._begin_of(symbol, time, *(price for price, _ in (*bids[:1], *asks[:1])))
        if bids and asks and not bids[0][0] < asks[0][0]:
            raise InvalidInput(f"the book of {symbol} is crossed: bid {bids[0][0]} is not below ask {asks[0][0]}")
        record: Any = self.state.book[s]
        depth = min(len(bids), len(asks), DEPTH)
        record["depth"] = depth
        for name, levels in (("bid", bids), ("ask", asks)):
            record[name][:depth] = [price for price, _ in levels[:depth]]
            record[f"{name}_qty"][:depth] = [qty for _, qty in levels[:depth]]
        events.on_book(self.state, self.ledger, self.rules, s, time, self._row[s])
        self._end()

    def on_mark(self, symbol: str, time: int, price: float) -> None:
        """The exchange's mark price of ``symbol`` (F102)."""
        s = self._begin_of(symbol, time, price)
        events.on_mark(self.state, self.ledger, self.rules, s, time, self._row[s], price)
        self._end()

    def on_funding(self, symbol: str, time: int, rate: float, mark: float, borrow: float = 0.0) -> None:
        """Funding at ``rate`` of the value at ``mark``, and what borrowing costs at that time (F55, F68)."""
        s = self._begin_of(symbol, time, mark)
        pay_funding(self.state, self.ledger, self.rules, s, time, rate, mark)
        pay_borrow(self.state, self.ledger, self.rules, s, time, borrow, mark)
        self._end()

    def on_close(self, symbol: str, close: float, wish: Wish | None = None) -> None:
        """A bar of ``symbol`` that came as single events is over; ``wish`` is the strategy's at its close (F1)."""
        s = self._of(symbol)
        self.state.book["mark"][s] = close
        self._decide(s, close, wish)

    def finish(self, time: int, closes: Mapping[str, float]) -> None:
        """Close every position at the end of it all (F11)."""
        self._begin(time, len(closes))
        for symbol, close in closes.items():
            s = self._of(symbol)
            close_out(self.state, self.ledger, self.rules, s, time, self._row[s], close, 0.0)
        self._end()

    # requests

    def place(self, ticket: Ticket, time: int) -> int:
        """Send ``ticket`` at ``time``; returns its number, by which `order` and `updates` tell of it (F103)."""
        s = self._of(ticket.symbol)
        self._number += 1
        report = OrderReport(self._number, ticket, OrderStatus.PENDING, left=ticket.qty)
        self._orders[self._number] = Known(report, s)
        self._ask(Request(time + self._latency, "place", self._number), time)
        return self._number

    def amend(
        self, number: int, time: int, qty: float | None = None, limit: float | None = None, trigger: float | None = None
    ) -> None:
        """Ask to change what is given; an order that is not open any more when it arrives stays as it is."""
        values = tuple(NAN if value is None else float(value) for value in (qty, limit, trigger))
        if any(value <= 0.0 or math.isinf(value) for value in values):
            raise InvalidInput("an order can be amended to a quantity or price above 0 only")
        self._ask(Request(time + self._latency, "amend", self._known(number), values), time)  # type: ignore[arg-type]

    def cancel(self, number: int, time: int) -> None:
        """Ask to end the order ``number``."""
        self._ask(Request(time + self._latency, "cancel", self._known(number)), time)

    def set_levels(
        self, symbol: str, stop: float | None = None, target: float | None = None, trail: float | None = None
    ) -> None:
        """Give the open position of ``symbol`` a stop, a target and a trailing distance in place of its own."""
        record: Any = self.state.book[self._of(symbol)]
        if record["qty"] == 0.0:
            raise InvalidInput(f"there is no position in {symbol} whose stop or target could be set")
        for name, value in (("stop", stop), ("target", target), ("trail", trail)):
            record[name] = NAN if value is None else value

    # what is kept

    def snapshot(self) -> bytes:
        """All of it as bytes, to be kept where a kill of the process cannot reach them (F105)."""
        return save(self)

    @classmethod
    def restored(cls, data: bytes) -> "Stepper":
        """The stepper of a `snapshot`; the same events make the same bytes of it as of the one that was kept.

        Raises `StateCorrupted` for bytes that are cut, changed or of another version of the program.
        """
        return load(data)

    # what is told

    def order(self, number: int) -> OrderReport:
        """Where the order ``number`` stands."""
        return self._orders[self._known(number)].report

    def updates(self) -> tuple[OrderReport, ...]:
        """What has changed about placed orders since the last call, in order."""
        told, self._updates = tuple(self._updates), []
        return told

    @property
    def equity(self) -> float:
        """Cash plus open positions at their newest price."""
        return float(equity_of(self.state))

    @property
    def cash(self) -> float:
        """Cash, what open positions hold as margin included."""
        return float(self.state.account["cash"][0])

    def position(self, symbol: str) -> tuple[float, float]:
        """The signed quantity held of ``symbol`` and its mean entry price."""
        record: Any = self.state.book[self._of(symbol)]
        return float(record["qty"]), float(record["entry_price"]) if record["qty"] else NAN

    def rows(self) -> Ledger:
        """The filled part of the ledger: round trips, fills, changes of cash."""
        account = self.state.account[0]
        trades, fills, cash = (int(account[name]) for name in ("trades", "fills", "rows"))
        return Ledger(self.ledger.trades[:trades], self.ledger.fills[:fills], self.ledger.cash[:cash], _NO_OUTCOMES)

    def outcomes(self, symbol: str) -> tuple[tuple[int, Outcome], ...]:
        """(bar number, what became of it) of each wish to enter ``symbol``."""
        s = self._of(symbol)
        codes = self.ledger.outcomes[s * self._bars : (s + 1) * self._bars]
        return tuple((int(n), OUTCOMES[codes[n] - 1]) for n in np.flatnonzero(codes))

    # within

    def _of(self, symbol: str) -> int:
        if symbol not in self._slot:
            raise UnknownName.of("symbol", symbol, self._slot)
        return self._slot[symbol]

    def _known(self, number: int) -> int:
        if number not in self._orders:
            raise InvalidInput(f"there is no order with the number {number}")
        return number

    def _begin_of(self, symbol: str, time: int, *prices: float) -> int:
        for price in prices:
            if not 0.0 < price < math.inf:
                raise InvalidInput(f"a price of {symbol} must be above 0, not {price}")
        s = self._of(symbol)
        self._begin(time, 1)
        return s

    def _begin(self, time: int, symbols: int) -> None:
        if time < self.time:
            raise InvalidInput(f"events must come in order of time: {time} is before {self.time}")
        self.time = time
        while self._requests and self._requests[0].due <= time:
            self._arrive(self._requests.popleft())
        account = self.state.account[0]
        most = (symbols + len(self.symbols)) * (1 + SLOTS)
        room = min(len(self.ledger.trades) - account["trades"], (len(self.ledger.fills) - account["fills"]) // 4)
        if min(room, (len(self.ledger.cash) - account["rows"]) // 8) < 3 * most:
            self.ledger = grown(self.ledger, 2 * len(self.ledger.trades) + 3 * most)

    def _end(self) -> None:
        for number in sorted(self._live):
            self._look(number)

    def _range(self, s: int, time: int, bar: StepBar) -> None:
        row, record = self._row[s], self.state.book
        if record["qty"][s] != 0.0 or record["want"][s] != 0 or record["slots"][s] != 0:
            mark_high = bar.high if bar.mark_high is None else bar.mark_high
            mark_low = bar.low if bar.mark_low is None else bar.mark_low
            on_bar_range(
                self.state, self.ledger, self.rules, s, time, row, bar.open, bar.high, bar.low, bar.close,
                mark_high, mark_low, bar.volume, bar.impact,
            )  # fmt: skip
        self.state.book["mark"][s] = bar.close

    def _decide(self, s: int, close: float, wish: Wish | None) -> None:
        """Take the wish of ``latency`` bars ago (F59) and go on to the next bar."""
        row, late = self._row[s], self.rules.latency
        told = self._told[s]
        told.append(NO_WISH if wish is None else wish)
        if len(told) > late:
            asked = told.popleft()
            if any(asked[:5]):
                on_close(self.state, self.ledger, self.rules, s, row - late, close, asked)
        if row + 1 - s * self._bars >= self._bars:
            raise InvalidInput(f"there is room for {self._bars} bars a symbol; begin a new stepper with more")
        self._row[s] = row + 1

    def _ask(self, request: Request, time: int) -> None:
        if self._requests and request.due < self._requests[-1].due:
            raise InvalidInput("requests must be made in order of time")
        self._requests.append(request)
        if request.due <= max(time, self.time):
            self._begin(max(time, self.time), 1)
            self._end()

    def _arrive(self, request: Request) -> None:
        # a slot that has just been freed must be looked at before another order takes it
        self._end()
        known = self._orders[request.number]
        if request.kind == "place":
            self._place(known, request.due)
        elif request.number in self._live:
            s, k = known.symbol, known.slot
            if request.kind == "cancel":
                events.cancel_order(self.state, s, k)
            else:
                events.amend_order(self.state, s, k, *request.values)
            self._at_book(s, request.due)
            self._look(request.number)

    def _place(self, known: Known, time: int) -> None:
        ticket, s, number = known.report.ticket, known.symbol, known.report.number
        held = float(self.state.book["qty"][s])
        if ticket.reduce_only and not held * ticket.direction < 0.0:
            self._tell(known, OrderReport(number, ticket, OrderStatus.REJECTED, outcome=Outcome.NO_POSITION.value))
            return
        known.slot = events.place_order(
            self.state, s, number, ticket.direction, ticket.qty, _price(ticket.limit), _price(ticket.trigger),
            _price(ticket.stop), _price(ticket.target), ticket.reduce_only, TIMES_IN_FORCE[ticket.time_in_force],
            ticket.group,
        )  # fmt: skip
        if known.slot < 0:
            self._tell(known, OrderReport(number, ticket, OrderStatus.REJECTED, outcome=Outcome.TOO_MANY.value))
            return
        self._live.add(number)
        self._at_book(s, time)
        self._look(number)

    def _at_book(self, s: int, time: int) -> None:
        """What has arrived meets the book that stands."""
        if self.state.book["depth"][s] > 0:
            events.on_book(self.state, self.ledger, self.rules, s, time, self._row[s])

    def _look(self, number: int) -> None:
        """Tell what has changed about the order ``number``."""
        known = self._orders[number]
        record: Any = self.state.book[known.symbol]
        k, ticket = known.slot, known.report.ticket
        done, value = float(record["o_done"][k]), float(record["o_value"][k])
        average = value / done if done > 0.0 else NAN
        if record["o_side"][k] != 0:
            left = float(record["o_qty"][k])
            waiting = OrderStatus.NEW if math.isnan(record["o_trigger"][k]) else OrderStatus.UNTRIGGERED
            status = OrderStatus.PARTIALLY_FILLED if done > 0.0 else waiting
            self._tell(known, OrderReport(number, ticket, status, done, left, average))
            return
        outcome = OUTCOMES[int(record["o_end"][k]) - 1]
        status = ENDED.get(outcome, OrderStatus.REJECTED)
        self._live.discard(number)
        self._tell(known, OrderReport(number, ticket, status, done, 0.0, average, outcome.value))

    def _tell(self, known: Known, report: OrderReport) -> None:
        if repr(report) != repr(known.report):
            known.report = report
            self._updates.append(report)


_NO_OUTCOMES = np.empty(0, np.int8)


def _price(value: float | None) -> float:
    return NAN if value is None else float(value)


def wish(**asked: Any) -> Wish:
    """A wish of what is ``asked``; ``ladder``, ``grid`` and ``grid_targets`` may be any sequences of prices."""
    from .state import LEVELS

    for name, most in (("ladder", LEVELS), ("grid", SLOTS), ("grid_targets", SLOTS)):
        if name in asked:
            prices: Floats = np.full(most, NAN)
            prices[: len(asked[name])] = asked[name]
            asked[name] = prices
    return NO_WISH._replace(**asked)
