"""An exchange of our own on loopback that speaks Bybit's V5 market data protocol, for demos, replays and tests."""

from typing import TYPE_CHECKING, Any

from .drill import DRILLS, Drill, FaultSwitch
from .faults import Fault, FaultScript, Limits, read_script
from .options import VenueAddresses, VenueOptions

if TYPE_CHECKING:
    from .venue import Venue, serve

__all__ = [
    "DRILLS",
    "Drill",
    "Fault",
    "FaultSwitch",
    "FaultScript",
    "Limits",
    "Venue",
    "VenueAddresses",
    "VenueOptions",
    "read_script",
    "serve",
]


def __getattr__(name: str) -> Any:
    # the server's libraries come with these: whoever only names the options must not wait for them
    if name in ("Venue", "serve"):
        from . import venue

        return getattr(venue, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
