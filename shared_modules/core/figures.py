"""How many digits a price or quantity needs, where no exchange has said it."""

import math

MOST_DIGITS = 12


def digits_for(value: float, figures: int = 5, least: int = 0) -> int:
    """Digits after the point that show ``figures`` figures of ``value``; ``least`` or more, 12 at most."""
    if not math.isfinite(value) or value == 0.0:
        return least
    return min(MOST_DIGITS, max(least, figures - 1 - math.floor(math.log10(abs(value)))))


def plain(value: float, figures: int) -> str:
    """``value`` to ``figures`` figures, all of those before the point; thousands set apart, never an exponent."""
    text = f"{value:,.{digits_for(value, figures)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
