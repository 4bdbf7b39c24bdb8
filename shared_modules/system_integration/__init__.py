"""The engine as one thing: builds and owns every room below, starts them in order and closes them in reverse."""

from shared_modules.backtester.request import BacktestRequest, BarSource
from shared_modules.backtester.result import BacktestResult
from shared_modules.data_collection.collector import SeriesStatus
from shared_modules.data_collection.edits import EditOutcome
from shared_modules.data_collection.exporting import ExportOutcome
from shared_modules.data_collection.import_recordings import RecordedSeries, RecordingMapping, RecordingPreview
from shared_modules.data_collection.importing import ImportMapping, ImportPreview
from shared_modules.data_collection.integrity import SeriesReport
from shared_modules.data_collection.overview import Coverage, SeriesInfo
from shared_modules.data_collection.provenance import Entry
from shared_modules.data_collection.repair import RepairOutcome
from shared_modules.exchanges.base import StreamHealth
from shared_modules.exchanges.recorder import RecorderStatus
from shared_modules.matching.sizing import Sizing
from shared_modules.monitoring.alert import Alert, Crossing, DrawnLine, Line, watchable
from shared_modules.monitoring.book import Fired

from .connections import Outage
from .drills import DrillState
from .engine import Engine, EngineOptions
from .jobs import Job, Jobs
from .recordings import RecordingInfo
from .status import EngineStatus

__all__ = [
    "Alert",
    "Crossing",
    "DrawnLine",
    "Fired",
    "Line",
    "watchable",
    "DrillState",
    "Outage",
    "Engine",
    "EngineOptions",
    "EngineStatus",
    "Job",
    "Jobs",
    "BacktestRequest",
    "BacktestResult",
    "BarSource",
    "Sizing",
    "SeriesStatus",
    "SeriesReport",
    "SeriesInfo",
    "Coverage",
    "Entry",
    "EditOutcome",
    "RepairOutcome",
    "ExportOutcome",
    "ImportMapping",
    "ImportPreview",
    "RecordedSeries",
    "RecordingMapping",
    "RecordingPreview",
    "StreamHealth",
    "RecorderStatus",
    "RecordingInfo",
]
