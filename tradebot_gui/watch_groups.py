"""The user's own lists of symbols: favourites and named groups, kept over restarts and shared by all workspaces."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from shared_modules.core.errors import InvalidInput
from shared_modules.core.paths import set_aside, write_whole

FAVOURITES = "Favourites"
# the list that needs no keeping
ALL = "All symbols"
LONGEST_NAME = 40


class WatchGroups:
    """Lists of symbols by name; favourites are always there, other lists as long as a person keeps them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.trouble = ""
        self._lists: dict[str, tuple[str, ...]] = {FAVOURITES: ()}
        self._lists.update(self._read())

    @property
    def names(self) -> tuple[str, ...]:
        """The lists, favourites first and the others by name."""
        return (FAVOURITES, *sorted((n for n in self._lists if n != FAVOURITES), key=str.lower))

    def members(self, name: str) -> frozenset[str]:
        return frozenset(self._lists.get(name, ()))

    def toggle(self, name: str, symbol: str) -> bool:
        """Put ``symbol`` into the list ``name`` or take it out; whether it is in it now."""
        present = self._lists.get(name, ())
        inside = symbol in present
        self._lists[name] = tuple(s for s in present if s != symbol) if inside else (*present, symbol)
        return not inside

    def add(self, name: str, symbols: Iterable[str] = ()) -> str:
        """Begin a list; returns its name as it is kept. Raises `InvalidInput` for a name that cannot be."""
        plain = " ".join(name.split())
        if not plain or len(plain) > LONGEST_NAME:
            raise InvalidInput(f"a group needs a name of 1 to {LONGEST_NAME} letters")
        if plain.lower() in {known.lower() for known in (*self._lists, ALL)}:
            raise InvalidInput(f"there is a group '{plain}' already; choose another name")
        self._lists[plain] = tuple(dict.fromkeys(symbols))
        return plain

    def remove(self, name: str) -> None:
        """Give up the list ``name``; favourites stay."""
        if name != FAVOURITES:
            self._lists.pop(name, None)

    def save(self) -> None:
        """Write the lists down; raises OSError."""
        write_whole(self._path, json.dumps(self._lists, indent=1, ensure_ascii=False).encode())

    def _read(self) -> dict[str, tuple[str, ...]]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): tuple(map(str, symbols)) for name, symbols in data.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            self.trouble = self._set_aside(error)
            return {}

    def _set_aside(self, error: Exception) -> str:
        try:
            aside = set_aside(self._path)
        except OSError:
            return f"Your groups of symbols in {self._path.name} could not be read ({error})."
        return f"Your groups of symbols could not be read ({error}); the file was kept as {aside.name}."
