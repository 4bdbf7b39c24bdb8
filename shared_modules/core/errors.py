"""Every error of the engine, in one tree cut by what the caller can do.

TradeBotError               base: a sentence for a person, a code and details for the log
  ExchangeError             an exchange did not do what was asked
    Unreachable             no answer, or a broken one; asking again may help
      Throttled             asked too often; says how long to wait
    Rejected                understood and refused; asking again will not help
      InsufficientFunds
      OrderRejected
    ClockSkew               our time is outside the exchange's window
    UnknownOutcome          sent, but nobody knows whether it was done: query before deciding
  RiskError                 our own rules refused
    PositionLimit
    DrawdownLimit
  DataError                 market data is not usable as it is
    DataFormatError         a file or message cannot be read; names the place
    DataSourceError         the source has not what was asked for
    StoreError              the disk does not take or give candles
  ModelError                a learned model failed
    ModelLoadError
    InferenceError
    ModelDrift
  InvalidInput              somebody asked for what cannot be
    UnknownName             no such strategy, symbol, parameter; says what was meant, perhaps
    OutOfRange              a value outside what its declaration allows
    ConfigurationError      settings that do not hold together
  ExecutionError            an order went through differently than it should
    ExecutionRejected
    SlippageExceeded
  StateError                what we remember does not agree with what is
    StateInconsistent
    StateCorrupted
  SecurityError
    AuthenticationError
    AuthorisationError

`Cancelled` stands outside: a person stopped the work and nobody needs to be told.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

_LISTED = 15  # names told when none is near


class Cancelled(Exception):
    """The person stopped the work."""


class TradeBotError(Exception):
    """An error whose text may be shown to a person as it is."""

    code = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # worker processes hand errors back by pickling them; keyword arguments need this
        return _rebuild, (type(self), self.message, self.details, self.__dict__.copy())


def _rebuild(cls: type[TradeBotError], message: str, details: dict[str, Any], state: dict[str, Any]) -> TradeBotError:
    error = cls.__new__(cls)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    error.message, error.details = message, details
    return error


class ExchangeError(TradeBotError):
    code = "exchange"


class Unreachable(ExchangeError):
    code = "exchange.unreachable"


class Throttled(Unreachable):
    """Asked too often; ``retry_after`` seconds should pass before the next request."""

    code = "exchange.throttled"

    def __init__(self, message: str, retry_after: float = 1.0, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class Rejected(ExchangeError):
    code = "exchange.rejected"


class InsufficientFunds(Rejected):
    code = "exchange.insufficient_funds"


class OrderRejected(Rejected):
    code = "exchange.order_rejected"


class ClockSkew(ExchangeError):
    code = "exchange.clock_skew"


class UnknownOutcome(ExchangeError):
    code = "exchange.unknown_outcome"


class RiskError(TradeBotError):
    code = "risk"


class PositionLimit(RiskError):
    code = "risk.position_limit"


class DrawdownLimit(RiskError):
    code = "risk.drawdown_limit"


class DataError(TradeBotError):
    code = "data"


class DataFormatError(DataError):
    code = "data.format"


class DataSourceError(DataError):
    code = "data.source"


class StoreError(DataError):
    code = "data.store"


class ModelError(TradeBotError):
    code = "model"


class ModelLoadError(ModelError):
    code = "model.load"


class InferenceError(ModelError):
    code = "model.inference"


class ModelDrift(ModelError):
    code = "model.drift"


class InvalidInput(TradeBotError):
    code = "input"


class UnknownName(InvalidInput):
    """No such thing; the message proposes the nearest known names."""

    code = "input.unknown_name"

    @classmethod
    def of(cls, kind: str, name: str, known: Iterable[str]) -> "UnknownName":
        """The error for ``name``, with up to three near names from ``known``."""
        return cls(f"no {kind} '{name}'{did_you_mean(name, known)}", kind=kind, name=name)


class OutOfRange(InvalidInput):
    code = "input.out_of_range"


class ConfigurationError(InvalidInput):
    code = "input.configuration"


class ExecutionError(TradeBotError):
    code = "execution"


class ExecutionRejected(ExecutionError):
    code = "execution.rejected"


class SlippageExceeded(ExecutionError):
    code = "execution.slippage"


class StateError(TradeBotError):
    code = "state"


class StateInconsistent(StateError):
    code = "state.inconsistent"


class StateCorrupted(StateError):
    code = "state.corrupted"


class SecurityError(TradeBotError):
    code = "security"


class AuthenticationError(SecurityError):
    code = "security.authentication"


class AuthorisationError(SecurityError):
    code = "security.authorisation"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x' or 'y'?"``, or the list of what there is when nothing is near."""
    # declared order means something to a reader, that of a set does not
    names = sorted(known) if isinstance(known, (set, frozenset)) else list(dict.fromkeys(known))
    lowered: dict[str, list[str]] = {}
    for candidate in names:
        lowered.setdefault(candidate.lower(), []).append(candidate)
    matches = get_close_matches(name.lower(), list(lowered), n=3, cutoff=0.6)
    near = [candidate for match in matches for candidate in lowered[match]][:3]
    if near:
        return "; did you mean " + " or ".join(f"'{n}'" for n in near) + "?"
    if not names:
        return "; there are none"
    shown = ", ".join(names[:_LISTED])
    return f"; there are: {shown}" + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
