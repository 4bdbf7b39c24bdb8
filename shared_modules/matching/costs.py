"""What a fill costs."""

from dataclasses import dataclass

from shared_modules.core.errors import OutOfRange


@dataclass(frozen=True, slots=True)
class Costs:
    """``fee`` per side as a fraction of notional, ``slippage_bps`` in basis points of the price against you."""

    fee: float = 0.00055
    slippage_bps: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.fee < 1.0:
            raise OutOfRange(f"the fee must be a fraction from 0 to below 1 (0.00055 is 0.055 %), not {self.fee}")
        if not 0.0 <= self.slippage_bps < 10_000.0:
            raise OutOfRange(f"the slippage must be 0 to below 10000 basis points, not {self.slippage_bps}")

    @property
    def slip(self) -> float:
        """The slippage as a fraction of the price."""
        return self.slippage_bps / 10_000.0
