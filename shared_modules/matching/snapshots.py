"""A stepper kept as bytes, and one made of them that goes on as if nothing had happened (F105).

It knows the stepper from within: what is told by other means would not be all.
"""

from __future__ import annotations

import io
from collections import deque
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared_modules.core.errors import StateCorrupted

from .feed import Wish
from .state import ACCOUNT, CASH_ROW, FILL, POSITION, ROUND_TRIP, Ledger, Rules, State, new_ledger
from .tickets import OrderReport

if TYPE_CHECKING:
    from .stepper import Stepper

_MARK = b"TBSTEP1\n"
_DIGEST = 16
_RECORDS = {"account": ACCOUNT, "book": POSITION, "trades": ROUND_TRIP, "fills": FILL, "cash": CASH_ROW}


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of the market and is still on its way."""

    due: int
    kind: str
    number: int
    values: tuple[float, float, float] = (float("nan"),) * 3


@dataclass(slots=True)
class Known:
    """What is known about an order of ours."""

    report: OrderReport
    symbol: int
    slot: int = -1


@dataclass(frozen=True, slots=True)
class _Kept:
    """All of a stepper; arrays are in numpy's own format, wishes and rules by their fields."""

    symbols: tuple[str, ...]
    latency: int
    bars: int
    time: int
    number: int
    row: list[int]
    arrays: dict[str, bytes]
    rules: dict[str, Any]
    told: list[list[dict[str, Any]]]
    requests: list[Request]
    orders: dict[int, Known]
    live: list[int]
    updates: list[OrderReport]


def save(stepper: Stepper) -> bytes:
    """``stepper`` with its positions, orders, requests under way and ledger."""
    rows, codes = stepper.rows(), stepper.ledger.outcomes
    told = np.flatnonzero(codes)
    arrays = {
        **stepper.state._asdict(), "trades": rows.trades, "fills": rows.fills, "cash": rows.cash, "told": told,
        "outcomes": codes[told],
    }  # fmt: skip
    kept = _Kept(
        stepper.symbols, stepper._latency, stepper._bars, stepper.time, stepper._number, stepper._row,
        {name: _written(array) for name, array in arrays.items()}, _plain(stepper.rules._asdict()),
        [[_plain(wish._asdict()) for wish in wishes] for wishes in stepper._told], list(stepper._requests),
        stepper._orders, sorted(stepper._live), stepper._updates,
    )  # fmt: skip
    body = msgspec.msgpack.encode(kept)
    return _MARK + blake2b(body, digest_size=_DIGEST).digest() + body


def load(data: bytes) -> Stepper:
    """The stepper that `save` wrote; raises `StateCorrupted` for bytes that are cut, changed or of another version."""
    from .stepper import Stepper

    body = data[len(_MARK) + _DIGEST :]
    if (
        not data.startswith(_MARK)
        or data[len(_MARK) : len(_MARK) + _DIGEST] != blake2b(body, digest_size=_DIGEST).digest()
    ):
        raise StateCorrupted(
            "the saved state of the account is damaged or of another version; begin from an earlier one"
        )
    kept = msgspec.msgpack.decode(body, type=_Kept)
    arrays = {name: _read(name, raw) for name, raw in kept.arrays.items()}
    stepper = Stepper(kept.symbols, 0.0, latency_ms=kept.latency, bars=kept.bars)
    stepper.rules, stepper.time = Rules(**_given(kept.rules)), kept.time
    stepper.state = State(arrays["account"], arrays["book"], arrays["tiers"])
    stepper.ledger = _ledger(arrays, kept.bars * len(kept.symbols))
    stepper._number, stepper._row, stepper._requests = kept.number, kept.row, deque(kept.requests)
    stepper._orders, stepper._live, stepper._updates = kept.orders, set(kept.live), kept.updates
    stepper._told = [deque(Wish(**_given(wish)) for wish in wishes) for wishes in kept.told]
    return stepper


def _written(array: NDArray[Any]) -> bytes:
    to = io.BytesIO()
    np.lib.format.write_array(to, np.ascontiguousarray(array), allow_pickle=False)
    return to.getvalue()


def _read(name: str, raw: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(raw), allow_pickle=False)
    if name in _RECORDS and array.dtype != _RECORDS[name]:
        raise StateCorrupted(
            "the saved state of the account was written by another version of the program; open it with that one"
        )
    return array


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Arrays as bytes, and numpy's single values as Python's."""
    return {
        name: _written(value) if isinstance(value, np.ndarray) else getattr(value, "item", lambda v=value: v)()
        for name, value in fields.items()
    }


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _read(name, value) if isinstance(value, bytes) else value for name, value in fields.items()}


def _ledger(arrays: dict[str, NDArray[Any]], outcomes: int) -> Ledger:
    trades, fills, cash = arrays["trades"], arrays["fills"], arrays["cash"]
    ledger = new_ledger(2 * max(128, len(trades), len(fills) // 4, len(cash) // 8), outcomes)
    ledger.trades[: len(trades)], ledger.fills[: len(fills)], ledger.cash[: len(cash)] = trades, fills, cash
    ledger.outcomes[arrays["told"]] = arrays["outcomes"]
    return ledger
