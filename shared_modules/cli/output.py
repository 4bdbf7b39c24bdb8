"""What a command prints: a table for a person, JSON for a machine, one sentence for an error; and its exit code.

0: done. 1: it was understood but failed, or found faults. 2: what was asked for cannot be.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared_modules.core.errors import Cancelled, DataFormatError, InvalidInput, TradeBotError
from shared_modules.core.paths import write_whole

DONE, FAILED, MISUSED = 0, 1, 2


class Exit(Exception):
    """Leave the command with this exit code; everything has been said."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def emit(data: Mapping[str, Any] | Sequence[Any], target: str | None) -> None:
    """Write ``data`` as JSON to the file ``target``, or to standard output for '-'; nothing for None."""
    if target is None:
        return
    text = json.dumps(data, indent=2, allow_nan=False, default=str)
    if target == "-":
        say(text)
        return
    try:
        write_whole(Path(target), text.encode() + b"\n")
    except OSError as error:
        raise InvalidInput(f"cannot write the JSON to {target} ({error.strerror})") from error


def say(text: str) -> None:
    """Print a line; a windowed program has nowhere to print and stays silent."""
    if sys.stdout is not None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def complain(text: str) -> None:
    """Print a line to standard error, where there is one."""
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Collection[str] = ()) -> None:
    """Print ``rows`` as a table; numbers and the columns called ``right`` are aligned right."""
    from rich.console import Console
    from rich.table import Table

    if sys.stdout is None:
        return
    shown = Table(title=title, title_justify="left", header_style="bold")
    for n, name in enumerate(columns):
        numeric = name in right or (bool(rows) and all(isinstance(row[n], (int, float, type(None))) for row in rows))
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(value) for value in row))
    console = Console()
    # without a terminal nothing limits the width, and a folded time is hard to read
    (console if console.is_terminal else Console(width=160)).print(shown)


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, float) and value.is_integer():
        return f"{value:,.0f}"
    if isinstance(value, float):
        return f"{value:,.4f}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def when(ms: int | None) -> str:
    """A time in UTC for a person; a dash for none."""
    return "—" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


@contextlib.contextmanager
def reported(target: str | None) -> Iterator[None]:
    """Turn errors into one sentence (and JSON where asked for) and the exit code that fits."""
    try:
        yield
    except (Cancelled, KeyboardInterrupt):
        complain("stopped")
        raise Exit(FAILED) from None
    except TradeBotError as error:
        complain(f"error: {error}")
        with contextlib.suppress(InvalidInput):
            emit({"error": str(error), "code": error.code}, target)
        raise Exit(MISUSED if isinstance(error, (InvalidInput, DataFormatError)) else FAILED) from None
