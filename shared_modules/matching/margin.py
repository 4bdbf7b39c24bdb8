"""Leverage, and what the exchange keeps back for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.errors import InvalidInput, OutOfRange, UnknownName

MODES = ("isolated", "cross")
MAX_TIERS = 16


@dataclass(frozen=True, slots=True)
class RiskTier:
    """Positions worth up to ``limit`` quote coin need ``maintenance`` of their value and allow ``max_leverage``."""

    limit: float
    maintenance: float
    max_leverage: float

    def __post_init__(self) -> None:
        if not (self.limit > 0.0 and 0.0 <= self.maintenance < 1.0 and self.max_leverage >= 1.0):
            raise OutOfRange(
                f"a risk tier needs a limit above 0, a maintenance rate of 0 to below 1 and a leverage from 1 on, "
                f"not {self.limit}, {self.maintenance}, {self.max_leverage}"
            )


DEFAULT_TIERS = (
    RiskTier(2_000_000.0, 0.005, 100.0),
    RiskTier(10_000_000.0, 0.01, 50.0),
    RiskTier(50_000_000.0, 0.02, 25.0),
    RiskTier(float("inf"), 0.05, 10.0),
)


@dataclass(frozen=True, slots=True)
class Margin:
    """``leverage`` of every entry; 'isolated' risks the position's margin alone, 'cross' the whole account."""

    leverage: float = 1.0
    mode: str = "isolated"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise UnknownName.of("margin mode", self.mode, MODES)
        if not 1.0 <= self.leverage <= 200.0:
            raise OutOfRange(f"the leverage must be 1 to 200, not {self.leverage}")

    def __str__(self) -> str:
        return f"{self.mode} margin, leverage {self.leverage:g}"


def tier_rows(tiers: Sequence[RiskTier]) -> Floats:
    """``tiers`` as the kernel reads them: (limit, maintenance, deduction, most leverage) in rising limits.

    Beyond the last limit nothing can be entered any more. The deduction keeps the maintenance margin continuous where a
    tier ends. Raises `InvalidInput` for tiers that do not rise.
    """
    limits = [t.limit for t in tiers]
    rates = [t.maintenance for t in tiers]
    if not tiers or limits != sorted(set(limits)) or rates != sorted(rates) or len(tiers) > MAX_TIERS:
        raise InvalidInput(f"risk tiers must rise in limit and maintenance rate, 1 to {MAX_TIERS} of them")
    rows: Any = np.full((MAX_TIERS, 4), np.inf)
    deduction, before = 0.0, None
    for k, tier in enumerate(tiers):
        if before is not None:
            deduction += before.limit * (tier.maintenance - before.maintenance)
        rows[k] = tier.limit, tier.maintenance, deduction, tier.max_leverage
        before = tier
    rows[len(tiers) :, 1:3] = rows[len(tiers) - 1, 1:3]
    rows[len(tiers) :, 3] = 0.0
    return rows  # type: ignore[no-any-return]
