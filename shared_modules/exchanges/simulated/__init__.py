"""An exchange of our own on loopback that speaks Bybit's V5 market data protocol, for demos, replays and tests."""

from .options import VenueAddresses, VenueOptions
from .venue import Venue, serve

__all__ = ["Venue", "VenueAddresses", "VenueOptions", "serve"]
