"""The language of the window: English is in the program, every other one is a file of ``resources/languages``.

The files are gettext catalogues in their text form (.po), which translators' tools read and write; they are parsed
here, so nothing has to be compiled before a start. The English text is the key. One language holds for a run of the
program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from shared_modules.core.errors import ConfigurationError
from shared_modules.core.paths import resources

from .sentences import Sentences

NAMES = {"en": "English", "de": "Deutsch"}

_code = "en"
_words: Mapping[str, str] = MappingProxyType({})
_sentences: Sentences | None = None


def tr(text: str) -> str:
    """``text`` in the language of this run; itself where that has no word for it."""
    return _words.get(text, text)


def tr_numbered(text: str) -> str:
    """As `tr`, for a title that may end in a number, such as 'Chart 2'."""
    head, gap, number = text.rpartition(" ")
    return f"{tr(head)} {number}" if gap and number.isdigit() else tr(text)


def phrase(text: str) -> str:
    """A finished ``text``, such as a sentence of the engine with its figures, in the language of this run.

    Keys after a tab, as in menus, stay.
    """
    if not text or _sentences is None:
        return tr(text)
    words, tab, keys = text.partition("\t")
    return _sentences.of(words) + tab + keys


def code() -> str:
    """The language of this run, such as 'en' or 'de'."""
    return _code


def use(words: Mapping[str, str], language: str = "en") -> None:
    """Speak ``language`` with ``words`` from now on; what is on the screen already stays as it is."""
    global _code, _words, _sentences
    _code, _words = language, words
    _sentences = Sentences(words) if words else None


def words_of(language: str) -> dict[str, str]:
    """The words of ``language`` by their English; none for English. Raises `ConfigurationError`."""
    return {} if language == "en" else read(resources() / "languages" / f"{language}.po")


def read(path: Path) -> dict[str, str]:
    """The translations in the catalogue at ``path``; those that are empty are left out. Raises `ConfigurationError`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return _parsed(lines)
    except (OSError, ValueError, SyntaxError) as error:
        raise ConfigurationError(f"the language file {path.name} cannot be read: {error}") from None


def _parsed(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    entry, field = {"msgid": "", "msgstr": ""}, "msgstr"
    for line in [*lines, 'msgid ""']:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        word, _, rest = text.partition(" ")
        if word == "msgid":
            if entry["msgid"] and entry["msgstr"]:
                found[entry["msgid"]] = entry["msgstr"]
            entry = {"msgid": "", "msgstr": ""}
        if word in entry:
            field, text = word, rest
        entry[field] += _unquoted(text)
    return found


def _unquoted(text: str) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ValueError(f"there is no text in quotes in the line {text!r}")
    return str(json.loads(text))
