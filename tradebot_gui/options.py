"""What one start of the window is asked for; no Qt here, so that the command line can name it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class GuiOptions:
    """Wishes of the command line.

    ``retention`` 'unset' leaves the setting, None keeps all candles. ``started`` is the time (s, epoch) at which the
    process began. ``live`` uses the exchange of the settings instead of the simulated one, ``demo`` the simulated one;
    without either the settings decide. ``size`` is in pixels.
    """

    data_dir: Path | None = None
    replay: tuple[str, ...] = ()
    speed: float | None = None
    symbols: tuple[str, ...] | None = None
    retention: int | Literal["unset"] | None = "unset"
    exit_after: float | None = None
    screenshot: Path | None = None
    live: bool = False
    demo: bool = False
    theme: str | None = None
    size: tuple[int, int] | None = None
    started: float = 0.0
