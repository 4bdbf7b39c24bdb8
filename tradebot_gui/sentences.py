"""Finished sentences in another language: those of the engine, which are put together before the window has them.

A catalogue's English with holes, such as ``no {kind} '{name}'``, is turned round: a sentence that fits it gives what
stood in the holes, and the other language's sentence is filled with that. A hole called ``n`` holds a number alone.
What stands in a hole is translated too, and so are sentences one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

# fewer letters than these say nothing of what a sentence is, unless all its holes are numbers
LEAST_LETTERS = 3
# holes within holes: an error that tells of an error that tells of one
DEEPEST = 3
_HOLE = re.compile(r"{(\w+)}")
_NUMBER = r"([+\-−]?\d[\d.,]*)"
_WORD = re.compile(r"[A-Za-z]{2}")
_LETTERS = re.compile(r"[^\W\d_]")
_ENDS = re.compile(r"((?<=[.!?])\s+(?=\S)|;\s+|\s*\n\s*|\s+·\s+|\s{2,})")


@dataclass(frozen=True)
class _Form:
    """A sentence with holes between its fixed parts; the ``longest`` part is looked for first, which is quicker."""

    fixed: tuple[str, ...]
    holes: tuple[str, ...]
    longest: str
    said: str

    @property
    def size(self) -> int:
        return sum(map(len, self.fixed))

    def match(self, text: str) -> dict[str, str] | None:
        """What stands in the holes when ``text`` is this sentence."""
        if self.longest not in text or (found := _whole(self.fixed, self.holes).fullmatch(text)) is None:
            return None
        return dict(zip(self.holes, found.groups(), strict=True))


class Sentences:
    """The sentences of one language."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        self._forms = sorted(
            (form for text, said in words.items() if (form := _form(text, said))), key=lambda form: -form.size
        )
        self.of = lru_cache(maxsize=4096)(self._of)

    def _of(self, text: str, deep: int = 0) -> str:
        """``text`` in this language; what is not known of it stays as it is."""
        if not _WORD.search(text):
            return text
        whole = self._whole(text, deep)
        if whole is not None:
            return whole
        parts = _ENDS.split(text)
        if len(parts) > 1:
            return "".join(part if n % 2 else self.of(part, deep) for n, part in enumerate(parts))
        items = [self._whole(item, deep) for item in text.split(", ")]
        return ", ".join(item for item in items if item) if all(items) else text

    def _whole(self, text: str, deep: int) -> str | None:
        for plain in _spellings(text):
            said = self._words.get(plain) or self._fitting(plain, deep)
            if said is not None:
                return _spelled_like(text, plain, said)
        return None

    def _fitting(self, text: str, deep: int) -> str | None:
        if deep > DEEPEST:
            return None
        for form in self._forms:
            found = form.match(text)
            if found is not None:
                return self._filled(form.said, found, deep)
        return None

    def _filled(self, said: str, found: Mapping[str, str], deep: int) -> str:
        return _HOLE.sub(lambda hole: self.of(found[hole[1]], deep + 1), said)


def _form(text: str, said: str) -> _Form | None:
    parts = _HOLE.split(text)
    fixed, holes = parts[::2], parts[1::2]
    if not holes or len(set(holes)) < len(holes) or set(_HOLE.findall(said)) - set(holes):
        return None
    anything = not all(hole == "n" or hole.startswith("n_") for hole in holes)
    if anything and len(_LETTERS.findall("".join(fixed))) < LEAST_LETTERS:
        return None
    return _Form(tuple(fixed), tuple(holes), max(fixed, key=len), said)


@cache
def _whole(fixed: tuple[str, ...], holes: tuple[str, ...]) -> re.Pattern[str]:
    """The pattern of a sentence, made when the first text comes near it."""
    caught = (_NUMBER if hole == "n" or hole.startswith("n_") else "(.+?)" for hole in holes)
    return re.compile("".join(re.escape(part) + hole for part, hole in zip(fixed, (*caught, ""), strict=True)), re.S)


def _spellings(text: str) -> list[str]:
    """``text`` and how it may stand in the catalogue: begun small, and without its full stop."""
    small = text[:1].lower() + text[1:]
    found = [text]
    for other in (small, text.removesuffix("."), small.removesuffix(".")):
        if other and other not in found:
            found.append(other)
    return found


def _spelled_like(text: str, plain: str, said: str) -> str:
    if text[:1] != plain[:1]:
        said = said[:1].upper() + said[1:]
    return said + "." if text.endswith(".") and not plain.endswith(".") and not said.endswith(".") else said
