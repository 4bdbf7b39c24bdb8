"""What a fill costs."""

from dataclasses import dataclass

from shared_modules.core.errors import InvalidInput, OutOfRange, UnknownName

BPS, SPREAD, IMPACT, TABLE = range(4)
SLIPPAGE_KINDS: dict[str, int] = {"bps": BPS, "spread": SPREAD, "impact": IMPACT, "table": TABLE}


@dataclass(frozen=True, slots=True)
class Slippage:
    """How far market orders and stops fill from the price asked.

    ``kind`` 'bps': ``value`` basis points; 'spread': half of a spread of ``value`` basis points; 'impact': ``value``
    times the volatility of the last bars times the root of the order's share of their mean volume; 'table': the basis
    points of the first row of ``table``, (notional up to, basis points), that the order's notional fits, and of the
    last for larger ones.
    """

    kind: str = "bps"
    value: float = 0.0
    table: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in SLIPPAGE_KINDS:
            raise UnknownName.of("slippage model", self.kind, SLIPPAGE_KINDS)
        most = 100.0 if self.kind == "impact" else 10_000.0
        if not 0.0 <= self.value < most:
            raise OutOfRange(f"the slippage value of '{self.kind}' must be 0 to below {most:g}, not {self.value}")
        if (self.kind == "table") != bool(self.table):
            raise InvalidInput("a slippage table belongs to the kind 'table', and to no other")
        sizes = [notional for notional, _ in self.table]
        if sizes != sorted(set(sizes)) or any(not 0.0 <= bps < 10_000.0 for _, bps in self.table):
            raise InvalidInput("a slippage table needs rising notionals, each with 0 to below 10000 basis points")

    @property
    def code(self) -> int:
        return SLIPPAGE_KINDS[self.kind]

    def __str__(self) -> str:
        if self.kind == "table":
            return "slippage table " + ", ".join(f"to {size:g}: {bps:g} bps" for size, bps in self.table)
        unit = {"bps": " bps", "spread": " bps spread, half of it paid", "impact": " x square-root impact"}[self.kind]
        return f"slippage {self.value:g}{unit}"


@dataclass(frozen=True, slots=True)
class Costs:
    """``fee`` per side as a fraction of notional, ``slippage_bps`` in basis points of the price against you.

    ``maker`` is the fee of resting orders, that of all others when absent. ``slippage`` replaces ``slippage_bps``.
    """

    fee: float = 0.00055
    slippage_bps: float = 0.0
    maker: float | None = None
    slippage: Slippage | None = None

    def __post_init__(self) -> None:
        check_fee("fee", self.fee)
        if self.maker is not None:
            check_fee("maker fee", self.maker)
        if not 0.0 <= self.slippage_bps < 10_000.0:
            raise OutOfRange(f"the slippage must be 0 to below 10000 basis points, not {self.slippage_bps}")
        if self.slippage is not None and self.slippage_bps:
            raise InvalidInput("give either basis points of slippage or a slippage model, not both")

    @property
    def slip(self) -> float:
        """The slippage as a fraction of the price, where it does not depend on the order."""
        if self.slippage is None:
            return self.slippage_bps / 10_000.0
        return {"bps": 1.0, "spread": 0.5}.get(self.slippage.kind, 0.0) * self.slippage.value / 10_000.0


@dataclass(frozen=True, slots=True)
class Fees:
    """What one instrument charges, as fractions of notional: ``maker`` for resting orders, ``taker`` for others."""

    maker: float
    taker: float

    def __post_init__(self) -> None:
        check_fee("maker fee", self.maker)
        check_fee("taker fee", self.taker)


def check_fee(name: str, fee: float) -> None:
    """Raise `OutOfRange` for a fee that can't be a fraction of the notional."""
    if not 0.0 <= fee < 1.0:
        raise OutOfRange(f"the {name} must be a fraction from 0 to below 1 (0.00055 is 0.055 %), not {fee}")
