"""The settings in force: what the file says, with the environment and this session's wishes over it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared_modules.core import settings as files
from shared_modules.core.settings import Settings


class Configuration:
    """Settings that can be changed and saved without saving what holds for this session only."""

    def __init__(
        self, path: Path, session: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self._path = path
        self._saved, self.notices = files.load(path, {})
        self._over = files.environment_overrides(os.environ if environment is None else environment)
        for dotted, value in (session or {}).items():
            section, _, name = dotted.partition(".")
            self._over.setdefault(section, {})[name] = value
        self.settings = self._effective()

    def override(self, dotted: str, value: Any) -> None:
        """Let ``value`` hold for this session; raises `ConfigurationError` when it is not allowed."""
        self.settings = self.settings.changed(dotted, value)
        section, _, name = dotted.partition(".")
        self._over.setdefault(section, {})[name] = value

    def change(self, dotted: str, value: Any) -> Settings:
        """The settings with another ``value``, saved; a person's change wins over the session's wish."""
        self._saved = self._saved.changed(dotted, value)
        section, _, name = dotted.partition(".")
        self._over.get(section, {}).pop(name, None)
        files.save(self._saved, self._path)
        self.settings = self._effective()
        return self.settings

    def _effective(self) -> Settings:
        data = self._saved.model_dump()
        for section, values in self._over.items():
            data.setdefault(section, {}).update(values)
        return files.parse(data)
