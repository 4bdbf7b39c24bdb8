"""The live chart: candles of any length of history, indicators, trades."""

from .marker_sets import TradeMarker
from .overlays import OverlaySpec
from .prices import Style
from .scale import Scale
from .view import ChartView

__all__ = ["ChartView", "OverlaySpec", "Scale", "Style", "TradeMarker"]
