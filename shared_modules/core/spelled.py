"""Numbers as people write them, each refused with a sentence that says what would do."""

from .errors import InvalidInput

_UNITS = {"bps": 1e-4, "%": 1e-2, "": 1.0}


def number(text: str, what: str) -> float:
    """``text`` as a number."""
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"{what} must be a number, not '{text}'") from None


def fraction(text: str, what: str, most: float = 0.05) -> float:
    """A part of the value traded: '0.0002', '0.02%' and '2bps' are the same."""
    unit = next(u for u in _UNITS if text.lower().endswith(u))
    try:
        value = float(text[: len(text) - len(unit)]) * _UNITS[unit]
    except ValueError:
        raise InvalidInput(f"{what} must be a fraction such as 0.0002, 0.02% or 2bps, not '{text}'") from None
    if not 0 <= value <= most:
        raise InvalidInput(
            f"{what} is a fraction of the value, 0 to {most:g}, not {text}; 2 basis points are 0.0002, 0.02% or 2bps"
        )
    return value
