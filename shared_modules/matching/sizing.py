"""How large an entry is."""

import math
from dataclasses import dataclass

from shared_modules.core.errors import InvalidInput, OutOfRange, UnknownName

EQUITY, NOTIONAL, QTY, RISK, ATR, VOLATILITY, KELLY = range(7)
KINDS: dict[str, tuple[int, str]] = {
    "equity": (EQUITY, "share of the equity, entry fee included"),
    "notional": (NOTIONAL, "quote coin per entry"),
    "qty": (QTY, "base coin per entry"),
    "risk": (RISK, "share of the equity lost at the stop"),
    "atr": (ATR, "share of the equity that a move of one average true range costs"),
    "volatility": (VOLATILITY, "yearly volatility that the position adds to the equity"),
    "kelly": (KELLY, "most of the equity that Kelly's share of the run's own trades may reach"),
}


@dataclass(frozen=True, slots=True)
class Sizing:
    """``kind`` is one of `KINDS`; ``value`` is a fraction up to 1 but for 'notional' and 'qty', which are amounts."""

    kind: str = "equity"
    value: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownName.of("size", self.kind, KINDS)
        most = math.inf if self.kind in ("notional", "qty") else 1.0
        if not 0.0 < self.value <= most or math.isinf(self.value):
            allowed = "above 0 and at most 1" if most == 1.0 else "above 0"
            raise OutOfRange(f"size '{self.kind}' must be {allowed} ({KINDS[self.kind][1]}), not {self.value}")

    @classmethod
    def parse(cls, text: str) -> "Sizing":
        """A sizing from text such as 'equity=1.0' or 'notional=1000'; raises `InvalidInput` with the forms."""
        kind, equals, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            equals = ""
        if not equals:
            forms = ", ".join(f"{name}=NUMBER" for name in KINDS)
            raise InvalidInput(f"a size is written as one of {forms}; '{text}' is not")
        return cls(kind.strip().lower(), number)

    @property
    def code(self) -> int:
        """The kind as the kernel's number."""
        return KINDS[self.kind][0]

    def __str__(self) -> str:
        return f"{self.kind}={self.value:g}"
