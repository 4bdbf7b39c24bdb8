"""What a window needs to speak about stored data: the words and forms of the rooms that keep it."""

from shared_modules.data_collection.checks import nests
from shared_modules.data_collection.exporting import FORMATS, TIMES, file_name
from shared_modules.data_collection.findings import WARNINGS, Finding
from shared_modules.data_collection.import_columns import COLUMNS, NEEDED
from shared_modules.data_collection.import_times import TIME_FORMATS
from shared_modules.data_collection.reports import write_report
from shared_modules.data_collection.table_files import Layout

__all__ = [
    "COLUMNS",
    "FORMATS",
    "NEEDED",
    "TIMES",
    "TIME_FORMATS",
    "WARNINGS",
    "Finding",
    "Layout",
    "file_name",
    "nests",
    "write_report",
]
