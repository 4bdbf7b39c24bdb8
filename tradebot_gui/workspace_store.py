"""Named workspaces on disk, and the layouts of before to roll back to."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.paths import replace, safe_name, write_whole

from . import workspaces
from .workspaces import Layout

SUFFIX = ".workspace.json"
# numbered keys reach so many
SLOTS = 9
BACKUPS = 10


class WorkspaceStore:
    """Layouts by name in the order a person gave them; each is one file that may be copied to another PC."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    @property
    def names(self) -> list[str]:
        """All names, in their order; files that were put into the folder by hand come last."""
        found = {path.name[: -len(SUFFIX)] for path in self._folder.glob(f"*{SUFFIX}")}
        kept = [name for name in self._order() if name in found]
        return kept + sorted(found.difference(kept))

    def load(self, name: str) -> Layout:
        """The layout called ``name``; raises `UnknownName`, and `InvalidInput` for a file that can't be used.

        That file stays where it is: it may be of a newer version.
        """
        if name not in self.names:
            raise UnknownName.of("workspace", name, self.names)
        return dataclasses.replace(workspaces.read(self._path(name)), workspace=name)

    def known(self, name: str) -> str:
        """The workspace that ``name`` would replace, "" for none; Windows does not tell capitals from small letters."""
        wanted = name.strip().casefold()
        return next((one for one in self.names if one.casefold() == wanted), "")

    def free_name(self, wanted: str) -> str:
        """``wanted``, or with the first number behind it that no other workspace has."""
        name, n = wanted, 2
        while self.known(name):
            name, n = f"{wanted} {n}", n + 1
        return name

    def save(self, name: str, layout: Layout) -> str:
        """Keep ``layout`` under ``name``, which is returned as it is called now; one of that name is replaced."""
        name = self.known(name) or _fit(name)
        names = self.names
        workspaces.save(layout, self._path(name))
        self._keep_order(names if name in names else [*names, name])
        return name

    def rename(self, name: str, other: str) -> str:
        """Give workspace ``name`` the name ``other``; raises `InvalidInput` when that is taken."""
        other, names = _fit(other), self.names
        if self.known(other) not in ("", name):
            raise InvalidInput(f"there is a workspace '{other}' already; choose another name")
        replace(self._path(name), self._path(other))
        self._keep_order([other if one == name else one for one in names])
        return other

    def duplicate(self, name: str) -> str:
        """Make a copy of workspace ``name`` right behind it; returns what it is called."""
        copy, names = self.free_name(name), self.names
        write_whole(self._path(copy), self._path(name).read_bytes())
        at = names.index(name) + 1
        self._keep_order([*names[:at], copy, *names[at:]])
        return copy

    def move(self, name: str, by: int) -> None:
        """Give workspace ``name`` a number that is higher by ``by``; those between make room."""
        names = self.names
        at = names.index(name)
        names.insert(max(0, min(len(names) - 1, at + by)), names.pop(at))
        self._keep_order(names)

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)
        self._keep_order([one for one in self.names if one != name])

    def export(self, name: str, path: Path) -> None:
        """Write workspace ``name`` to ``path``."""
        workspaces.save(self.load(name), path)

    def take_in(self, path: Path) -> str:
        """Import the file at ``path``; returns the name it has now. Raises `InvalidInput` for what is no workspace."""
        layout = workspaces.read(path)
        return self.save(self.free_name(_fit(path.name.removesuffix(SUFFIX).removesuffix(".json"))), layout)

    # -- layouts of before ----------------------------------------------------------------------------------------

    def keep(self, layout: Layout) -> None:
        """Remember ``layout`` as one to roll back to, unless it is the newest remembered."""
        kept = self.backups()
        if kept and self._docks(kept[0]) == layout.docks:
            return
        folder = self._folder / "before"
        folder.mkdir(parents=True, exist_ok=True)
        workspaces.save(layout, folder / f"{int(self._now() * 1000):015d}.json")
        for old in self.backups()[BACKUPS:]:
            old.unlink(missing_ok=True)

    @staticmethod
    def _docks(path: Path) -> bytes | None:
        """The places in a remembered layout; None for a damaged one."""
        try:
            return workspaces.read(path).docks
        except InvalidInput:
            return None

    def backups(self) -> list[Path]:
        """Files of remembered layouts, newest first."""
        return sorted((self._folder / "before").glob("*.json"), reverse=True)

    def remembered(self) -> Iterator[Layout]:
        """The layouts of before that can be read, newest first; they stay remembered."""
        for path in self.backups():
            with suppress(InvalidInput):
                yield workspaces.read(path)

    def roll_back(self, present: Layout) -> Layout | None:
        """The newest remembered layout that differs from ``present``; it and newer ones are forgotten."""
        for path in self.backups():
            try:
                layout = workspaces.read(path)
            except InvalidInput:
                layout = None
            path.unlink(missing_ok=True)
            if layout is not None and layout.docks != present.docks:
                return layout
        return None

    # -- files ----------------------------------------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"

    def _order(self) -> list[str]:
        try:
            order = json.loads((self._folder / "order.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [name for name in order if isinstance(name, str)] if isinstance(order, list) else []

    def _keep_order(self, names: list[str]) -> None:
        write_whole(self._folder / "order.json", json.dumps(names).encode())


def _fit(name: str) -> str:
    """``name`` as one of a workspace; raises `InvalidInput`."""
    if not name.strip():
        raise InvalidInput("a workspace needs a name")
    return safe_name(name.strip())
