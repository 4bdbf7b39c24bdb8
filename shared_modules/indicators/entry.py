"""What is declared once about each indicator, and read by charts, strategies, forms and documents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.parameters import Parameter

from .finite import Outputs, lasting
from .foresight import line_of
from .incremental import Incremental, Line, Steps, TailSteps

Pane = Literal["price", "own"]
Kind = Literal["line", "pattern"]


@dataclass(frozen=True)
class Indicator:
    """``inputs`` are columns of `Bars`; ``outputs`` name the lines; ``pane`` says whether they share the price's axis.

    ``causal``: no value depends on later bars. ``source``: where the definition is from. ``kind`` 'pattern': above 0 at
    a bullish pattern, below at a bearish one, else 0. ``sparse``: after the warm-up, too, a line may lack values.
    ``memory``: bars the newest value depends on, to 1e-12 of its size (the warm-up and one if not given). ``steps``:
    how it goes on bar by bar where its memory has no end.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    pane: Pane
    source: str
    function: Callable[..., Floats | Outputs]
    lookback: Callable[..., int]
    causal: bool = True
    category: str = "trend"
    kind: Kind = "line"
    about: str = ""
    sparse: bool = False
    memory: Callable[..., int] | None = None
    steps: Callable[..., Steps] | None = None

    def compute(self, bars: Bars, **params: Any) -> dict[str, Floats]:
        """The lines by name, each of the bars' length; NaN during the warm-up.

        Raises `UnknownName` or `OutOfRange` for ``params``.
        """
        columns = (lasting(getattr(bars, name)) for name in self.inputs)
        values = self.function(*columns, **self.checked(params))
        lines = values if isinstance(values, tuple) else (values,)
        return dict(zip(self.outputs, lines, strict=True))

    def incremental(self, **params: Any) -> Incremental:
        """A follower that takes one bar at a time and gives what `compute` would give there, to 1e-9.

        Raises `UnknownName` or `OutOfRange` for ``params``, `InvalidInput` for an indicator that needs later bars.
        """
        if not self.causal:
            raise InvalidInput(f"'{self.name}' needs later bars, it can't be followed bar by bar")
        checked = self.checked(params)
        if self.steps is not None:
            steps = self.steps
            return Incremental(self.inputs, self.outputs, lambda: steps(**checked))
        memory = self.lookback(**checked) + 1 if self.memory is None else self.memory(**checked)
        return Incremental(
            self.inputs, self.outputs, lambda: TailSteps(self.function, checked, len(self.inputs), memory)
        )

    def line(self, **params: Any) -> Line:
        """As `incremental`, with plain numbers in and out: the inputs in their order in, the lines in theirs out."""
        return line_of(self.incremental(**params))

    def warmup(self, **params: Any) -> int:
        """Bars before the first that has all lines; with ``sparse``, before the first that can have them."""
        return self.lookback(**self.checked(params))

    def checked(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters with ``params`` over the defaults, parsed and checked."""
        known = {p.name: p for p in self.parameters}
        for name in params:
            if name not in known:
                raise UnknownName.of(f"parameter of '{self.name}'", name, known)
        return {name: p.parse(params.get(name, p.default)) for name, p in known.items()}

    @property
    def summary(self) -> str:
        """The first sentence on what it is."""
        about = self.about or getattr(self.function, "about", "") or self.function.__doc__ or ""
        return str(about).strip().split("\n")[0]


def bars_parameter(name: str, default: int, help: str, low: int = 2, high: int = 1000) -> Parameter:
    """A parameter that counts bars."""
    return Parameter(name, int, default, help, low=low, high=high, step=1, unit="bars")


def period_parameter(default: int, low: int = 2) -> Parameter:
    """The parameter ``period``: how many bars are looked back on."""
    return bars_parameter("period", default, "Bars looked back on", low)


def number_parameter(name: str, default: float, help: str, low: float, high: float, step: float) -> Parameter:
    """A parameter that is a real number."""
    return Parameter(name, float, default, help, low=low, high=high, step=step)


def choice_parameter(name: str, default: str, help: str, *choices: str) -> Parameter:
    """A parameter that is one of some words."""
    return Parameter(name, str, default, help, choices=choices)
