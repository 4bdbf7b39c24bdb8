"""Parameters are declared once, on the frozen dataclass that uses them; forms, the optimiser, the command line,
files and documents all read that declaration.

    @dataclass(frozen=True)
    class SmaCross(Strategy):
        fast: int = param(20, "Fast average, in bars", low=2, high=500)
"""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, get_type_hints

from .errors import InvalidInput, OutOfRange, UnknownName

T = TypeVar("T")
_KEY = "tradebot.parameter"
_KINDS = {int: "a whole number", float: "a number", bool: "yes or no"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter: its type, default, allowed range and the words for a person."""

    name: str
    type: type
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[Any, ...] = ()
    unit: str = ""
    # a share of one that people read and write in per cent: 0.02 is shown as 2 %
    percent: bool = False
    # the word for a 0 that means something else than nought, such as "none"
    zero: str = ""

    @property
    def title(self) -> str:
        """The name as a label: 'stop_loss' becomes 'Stop loss'."""
        words = self.name.replace("_", " ")
        return words[:1].upper() + words[1:]

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        if self.choices:
            return "one of " + ", ".join(str(c) for c in self.choices)
        if self.low is not None and self.high is not None:
            return f"{self._number(self.low)} to {self._number(self.high)}"
        if self.low is not None:
            return f"at least {self._number(self.low)}"
        if self.high is not None:
            return f"at most {self._number(self.high)}"
        if issubclass(self.type, Enum):
            return "one of " + ", ".join(str(member.value) for member in self.type)
        return _KINDS.get(self.type, "text")

    def shown(self, value: Any) -> str:
        """``value`` as a person reads it: shares in per cent, a 0 of its own meaning by its word."""
        if isinstance(value, Enum):
            return str(value.value)
        if self.zero and value == 0:
            return self.zero
        return self._number(value) if self.percent else str(value)

    def _number(self, value: float) -> str:
        return f"{value * 100:g} %" if self.percent else f"{value:g}"

    def parse(self, value: Any) -> Any:
        """``value`` (text or already typed) as this parameter's type, checked; raises `InvalidInput`."""
        parsed = self._typed(value)
        if self.choices and parsed not in self.choices:
            raise OutOfRange(f"'{self.name}' must be {self.allowed}, not {value!r}", parameter=self.name)
        numeric = isinstance(parsed, (int, float)) and not isinstance(parsed, bool)
        if numeric and not self._inside(float(parsed)):
            raise OutOfRange(f"'{self.name}' must be {self.allowed}, not {value}", parameter=self.name)
        return parsed

    def _inside(self, value: float) -> bool:
        if not math.isfinite(value):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def _typed(self, value: Any) -> Any:
        try:
            if self.type is bool:
                return _boolean(value)
            if self.type is int:
                return _whole(value)
            if self.type is float:
                return self._share(value) if self.percent else float(value)
            if issubclass(self.type, Enum):
                return self.type(value)
            return str(value)
        except (TypeError, ValueError, ArithmeticError):
            kind = _KINDS.get(self.type, self.allowed)
            raise InvalidInput(f"'{self.name}' must be {kind}, not {value!r}", parameter=self.name) from None

    def _share(self, value: Any) -> float:
        text = str(value).strip()
        # '2%' as the decimal 0.02, not as 2 / 100 of a rounded number
        return float(Decimal(text[:-1].strip()).scaleb(-2)) if text.endswith("%") else float(value)


def _whole(value: Any) -> int:
    try:
        exact = int(value)
    except ValueError:
        exact = int(float(value))  # '1e3' and '20.0' are whole numbers too
    # compared as floats, returned exactly: a large seed keeps its last digits
    if float(value) != float(exact):
        raise ValueError(value)
    return exact


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ValueError(value)


def param(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    choices: tuple[Any, ...] = (),
    unit: str = "",
    percent: bool = False,
    zero: str = "",
) -> Any:
    """Declare a parameter as a dataclass field; ``low`` and ``high`` are inclusive.

    ``percent``: a share of one (0.02) that forms show, and people may write, as "2 %". ``zero``: the word for 0 where
    it means something else, such as "none".
    """
    facts = {
        "help": help, "low": low, "high": high, "step": step, "choices": choices, "unit": unit, "percent": percent,
        "zero": zero,
    }  # fmt: skip
    return field(default=default, metadata={_KEY: facts})


def declared(cls: type) -> tuple[Parameter, ...]:
    """The parameters declared on ``cls`` and its bases, in order."""
    return _declared(cls)


# reading the annotations takes a good part of a millisecond, and a sweep asks for each combination
@lru_cache(maxsize=256)
def _declared(cls: type) -> tuple[Parameter, ...]:
    hints = get_type_hints(cls)
    return tuple(
        Parameter(f.name, hints[f.name], f.default, **f.metadata[_KEY])
        for f in fields(cls)
        if _KEY in f.metadata and f.default is not MISSING
    )


def build(cls: type[T], values: Mapping[str, Any]) -> T:
    """An instance of ``cls`` with ``values`` over the defaults, each parsed and checked.

    Raises `UnknownName` with the nearest names, `OutOfRange` or `InvalidInput`.
    """
    known = {p.name: p for p in declared(cls)}
    for name in values:
        if name not in known:
            raise UnknownName.of("parameter", name, known)
    return cls(**{name: known[name].parse(value) for name, value in values.items()})


def values_of(instance: Any) -> dict[str, Any]:
    """The present values of the declared parameters of ``instance``, by name."""
    return {p.name: getattr(instance, p.name) for p in declared(type(instance))}
