"""Another data folder from the next start on, with the settings of this one."""

from __future__ import annotations

import logging
from pathlib import Path

from shared_modules.core.paths import DataPaths, choose_data_dir, default_data_dir, write_whole

_log = logging.getLogger(__name__)


class Moving:
    """What is chosen for the next start; ``asked`` tells that this start was given a folder of its own."""

    def __init__(self, paths: DataPaths) -> None:
        self._present = paths
        self._first = default_data_dir()
        self.asked = self._first.resolve() != paths.root.resolve()
        self._target: Path | None = None
        # settings files that were not there before: they may be written again
        self._made: set[Path] = set()

    @property
    def elsewhere(self) -> bool:
        """Whether a start without wishes of its own opens another folder than it would have done before."""
        return default_data_dir() != self._first

    def choose(self, folder: Path | None) -> None:
        """Keep data in ``folder`` from the next start on, None is the usual one; raises OSError.

        A folder without settings gets the present ones, now and once more when the terminal closes; one that has
        settings keeps them.
        """
        choose_data_dir(folder)
        target = DataPaths(default_data_dir()).settings
        own = target != self._present.settings and (target in self._made or not target.exists())
        self._target = target if own else None
        self.take_settings_along()

    def take_settings_along(self) -> None:
        """Write the present settings into the folder of the next start, if it had none."""
        if self._target is None or not self._present.settings.exists():
            return
        try:
            write_whole(self._target, self._present.settings.read_bytes())
        except OSError as error:
            # a stick may have been pulled out meanwhile; the present folder has everything
            _log.warning("the settings could not be written to %s: %s", self._target, error)
            return
        self._made.add(self._target)
