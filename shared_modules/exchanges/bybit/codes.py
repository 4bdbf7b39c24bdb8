"""What Bybit's error codes mean for a caller, as data."""

from dataclasses import dataclass

from shared_modules.core.errors import (
    AuthenticationError,
    AuthorisationError,
    ClockSkew,
    InsufficientFunds,
    OrderRejected,
    Rejected,
    Throttled,
    TradeBotError,
    UnknownOutcome,
    Unreachable,
)

# a breach of the limit per address lifts after about this long, and no header says so
BREAKER_SECONDS = 600.0
# what a header may ask for at most: a wrong one must not stop us for a day
LONGEST_WAIT = 600.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which error a code becomes, and a sentence; the exchange's own text follows it."""

    error: type[TradeBotError]
    sentence: str


_BUSY = Meaning(Throttled, "the exchange protects itself from load")
_TROUBLE = Meaning(Unreachable, "the exchange has internal trouble")
_REGION = Meaning(AuthorisationError, "the exchange does not serve this account or region")
_ORDER = Meaning(OrderRejected, "the exchange refused the order")
_FUNDS = Meaning(InsufficientFunds, "the balance does not cover the order")

RET_CODES: dict[int, Meaning] = {
    -1: Meaning(ClockSkew, "the request arrived too late for the exchange"),
    429: _BUSY,
    10429: _BUSY,
    10000: _TROUBLE,
    10001: Meaning(Rejected, "the exchange does not accept a parameter"),
    10002: Meaning(ClockSkew, "our clock is outside the exchange's window"),
    10003: Meaning(AuthenticationError, "the API key is invalid or belongs to another environment"),
    10004: Meaning(AuthenticationError, "the signature is wrong; check the API secret"),
    10005: Meaning(AuthorisationError, "the API key lacks a permission"),
    10006: Meaning(Throttled, "too many requests"),
    10007: Meaning(AuthenticationError, "the exchange did not accept the API key"),
    10008: Meaning(AuthorisationError, "the account is banned or in another mode"),
    10009: _REGION,
    10010: Meaning(AuthorisationError, "this computer's address is not in the API key's list"),
    10014: Meaning(UnknownOutcome, "the exchange has seen this request before"),
    10016: _TROUBLE,
    10017: Meaning(Rejected, "the exchange knows no such request"),
    10018: Meaning(Throttled, "too many requests from this address"),
    10019: Meaning(Unreachable, "the exchange's service is restarting"),
    10024: _REGION,
    10027: Meaning(AuthorisationError, "trading is banned for this account"),
    10028: Meaning(AuthorisationError, "only unified accounts can do this"),
    10029: Meaning(Rejected, "the symbol is not open to this account"),
    110001: Meaning(OrderRejected, "there is no such order any more"),
    110003: Meaning(OrderRejected, "the order price is outside the permitted band"),
    110004: _FUNDS,
    110007: _FUNDS,
    110012: _FUNDS,
    110014: _FUNDS,
    110017: Meaning(OrderRejected, "nothing is left to reduce"),
    110072: Meaning(UnknownOutcome, "an order with this id was sent before"),
    110094: Meaning(OrderRejected, "the order is below the minimum value"),
    110132: _REGION,
}

HTTP_STATUS: dict[int, Meaning] = {
    401: Meaning(AuthenticationError, "the exchange did not accept our key"),
    403: Meaning(Throttled, "the exchange refuses this address: too many requests, or the region is not served"),
    404: Meaning(Rejected, "there is no Bybit V5 service at this address; check the address"),
    408: Meaning(Unreachable, "the exchange did not answer in time"),
    429: _BUSY,
}


def refusal(code: int, said: str, wait: float | None = None) -> TradeBotError:
    """The error for the answer ``retCode`` = ``code`` with the text ``said``; ``wait``: seconds it asked us to."""
    meaning = RET_CODES.get(code)
    if meaning is None:
        meaning = _ORDER if 110_000 <= code < 111_000 or 170_000 <= code < 180_000 else _unknown
    return _error(meaning, f"{meaning.sentence}: {said or 'no reason given'} (code {code})", code, wait)


def failure(status: int, address: str, wait: float | None = None) -> TradeBotError:
    """The error for an answer of HTTP ``status`` from ``address``."""
    meaning = HTTP_STATUS.get(status)
    if meaning is None:
        meaning = _odd if status < 500 else _gateway if wait is None else _away
    return _error(meaning, f"{meaning.sentence} (HTTP {status} from {address})", status, wait)


_unknown = Meaning(Rejected, "the exchange refused the request")
_gateway = Meaning(Unreachable, "the exchange cannot be reached behind its gateway")
_away = Meaning(Throttled, "the exchange is away for a while")
_odd = Meaning(Rejected, "the exchange does not accept the request")


def _error(meaning: Meaning, text: str, code: int, wait: float | None) -> TradeBotError:
    if issubclass(meaning.error, Throttled):
        return meaning.error(text, retry_after=_wait(code, wait), exchange_code=code)
    return meaning.error(text, exchange_code=code)


def _wait(code: int, told: float | None) -> float:
    if code == 403:
        return BREAKER_SECONDS
    if code == 10006:
        return min(2.0, max(0.2, 1.0 if told is None else told))
    return 1.0 if told is None else min(LONGEST_WAIT, max(0.2, told))
