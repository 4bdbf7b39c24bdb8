"""The history of runs: what was asked, what became of it, and the full result as bytes."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared_modules.core.errors import InvalidInput, UnknownName

from .database import Database

QUEUED, RUNNING, PAUSED, DONE, FAILED, STOPPED, CUT = (
    "queued", "running", "paused", "done", "failed", "stopped", "cut"
)  # fmt: skip
_OPEN = (QUEUED, RUNNING, PAUSED)
_LONGEST = 200

_MIGRATIONS = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL,
        error TEXT NOT NULL DEFAULT '',
        created INTEGER NOT NULL,
        ended INTEGER,
        summary TEXT NOT NULL DEFAULT '{}',
        size INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX runs_by_time ON runs (created);
    CREATE TABLE payloads (
        run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
        data BLOB NOT NULL
    );
    """,
)


@dataclass(frozen=True)
class RunRecord:
    """One run as the history lists it; times in ms UTC, ``ended`` is None while it is under way.

    ``state``: 'queued', 'running', 'paused', 'done', 'failed', 'stopped', or 'cut' when the program ended before the
    run did. ``summary``: plain values to show in a list. ``size``: bytes of the stored result, 0 without one.
    """

    id: str
    kind: str
    title: str
    note: str
    state: str
    error: str
    created: int
    ended: int | None
    summary: Mapping[str, Any]
    size: int


class RunStore:
    """Runs and their results in the SQLite file ``path``; usable from any thread, every call is one transaction."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _MIGRATIONS)

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged file was put when this one was opened; None when it was whole."""
        return self._database.set_aside

    def begin(self, run: str, title: str, created: int, summary: Mapping[str, Any], kind: str = "backtest") -> None:
        """Write ``run``, a `new_id`, down as waiting, before it begins."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO runs (id, kind, title, state, created, summary) VALUES (?, ?, ?, ?, ?, ?)",
                (run, kind, _title(title), QUEUED, created, _text(summary)),
            )

    def is_now(self, run: str, state: str) -> None:
        """Note that ``run`` is in another state."""
        with self._database.transaction() as db:
            _one(db, run, db.execute("UPDATE runs SET state = ? WHERE id = ?", (state, run)).rowcount)

    def finish(
        self,
        run: str,
        state: str,
        ended: int,
        *,
        error: str = "",
        summary: Mapping[str, Any] | None = None,
        payload: bytes | None = None,
    ) -> None:
        """Write down how ``run`` ended, with its result as one block where there is one."""
        with self._database.transaction() as db:
            values = (state, ended, error, 0 if payload is None else len(payload), run)
            changed = db.execute(
                "UPDATE runs SET state = ?, ended = ?, error = ?, size = ? WHERE id = ?", values
            ).rowcount
            _one(db, run, changed)
            if summary is not None:
                db.execute("UPDATE runs SET summary = ? WHERE id = ?", (_text(summary), run))
            if payload is not None:
                db.execute("INSERT OR REPLACE INTO payloads (run, data) VALUES (?, ?)", (run, payload))

    def save(
        self, title: str, created: int, ended: int, summary: Mapping[str, Any], payload: bytes, kind: str = "backtest"
    ) -> str:
        """Keep a finished run; its id."""
        run = new_id()
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO runs (id, kind, title, state, created, ended, summary, size) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (run, kind, _title(title), DONE, created, ended, _text(summary), len(payload)),
            )
            db.execute("INSERT INTO payloads (run, data) VALUES (?, ?)", (run, payload))
        return run

    def list(self, kind: str | None = None) -> tuple[RunRecord, ...]:
        """All runs, the newest first."""
        where, values = ("WHERE kind = ? ", (kind,)) if kind is not None else ("", ())
        return tuple(
            map(_record, self._database.rows(f"SELECT * FROM runs {where}ORDER BY created DESC, rowid DESC", *values))
        )

    def find(self, text: str) -> str:
        """The id that ``text`` is or begins, or of the run called so; 'last' is the newest run.

        Raises `UnknownName` for none or several.
        """
        if text == "last":
            found = self._database.rows("SELECT id FROM runs ORDER BY created DESC, rowid DESC LIMIT 1")
        else:
            found = self._database.rows("SELECT id FROM runs WHERE title = ?", text)
            if len(found) > 1:
                raise UnknownName(f"there is no run {text} alone: {len(found)} are called so", kind="run", name=text)
            found = found or self._database.rows(
                "SELECT id FROM runs WHERE substr(id, 1, ?) = ?", len(text), text.lower()
            )
        if not found and not self._database.rows("SELECT 1 FROM runs LIMIT 1"):
            raise UnknownName(
                f"there is no run {text}: the history is empty; 'backtest --keep' and the window write to it",
                kind="run", name=text,
            )  # fmt: skip
        if len(found) != 1 or not text:
            ending = " in the history" if not found else f" alone: {len(found)} begin like this"
            raise UnknownName(f"there is no run {text}{ending}", kind="run", name=text)
        return str(found[0]["id"])

    def record(self, run: str) -> RunRecord:
        """What the list tells of ``run``; raises `UnknownName` when there is none."""
        found = self._database.rows("SELECT * FROM runs WHERE id = ?", run)
        if not found:
            raise _unknown(run)
        return _record(found[0])

    def load(self, run: str) -> bytes:
        """The stored result of ``run``; raises `UnknownName` for no run and `InvalidInput` for one without a result."""
        found = self._database.rows("SELECT data FROM payloads WHERE run = ?", run)
        if not found:
            record = self.record(run)
            raise InvalidInput(f"run {run} ('{record.title}') has no result: it is {_word(record.state)}")
        return bytes(found[0]["data"])

    def delete(self, *runs: str) -> None:
        """Forget ``runs`` and their results."""
        with self._database.transaction() as db:
            for run in runs:
                _one(db, run, db.execute("DELETE FROM runs WHERE id = ?", (run,)).rowcount)
        self._database.shrink()

    def rename(self, run: str, title: str) -> None:
        """Give ``run`` another title."""
        with self._database.transaction() as db:
            _one(db, run, db.execute("UPDATE runs SET title = ? WHERE id = ?", (_title(title), run)).rowcount)

    def note(self, run: str, text: str) -> None:
        """Keep ``text`` with ``run``."""
        with self._database.transaction() as db:
            _one(db, run, db.execute("UPDATE runs SET note = ? WHERE id = ?", (text, run)).rowcount)

    def mark_cut(self) -> int:
        """Note of the runs that never ended that the program ended before them; how many there were.

        For the one program that writes here, when it starts: its own runs must not have begun yet.
        """
        with self._database.transaction() as db:
            marks = ", ".join("?" * len(_OPEN))
            text = "The program ended before this run did; start it again."
            cursor = db.execute(f"UPDATE runs SET state = ?, error = ? WHERE state IN ({marks})", (CUT, text, *_OPEN))
            return cursor.rowcount

    def close(self) -> None:
        """Close the file; twice is safe."""
        self._database.close()


def new_id() -> str:
    """Eight letters that no other run has."""
    return secrets.token_hex(4)


def _record(row: sqlite3.Row) -> RunRecord:
    try:
        summary = json.loads(row["summary"])
    except ValueError:
        summary = {}
    names = ("id", "kind", "title", "note", "state", "error", "created", "ended", "size")
    return RunRecord(summary=summary, **{name: row[name] for name in names})


def _one(db: sqlite3.Connection, run: str, changed: int) -> None:
    if changed == 0:
        raise _unknown(run)


def _unknown(run: str) -> UnknownName:
    return UnknownName(f"there is no run {run} in the history", kind="run", name=run)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title:
        raise InvalidInput("a run needs a name")
    return title[:_LONGEST]


def _text(summary: Mapping[str, Any]) -> str:
    return json.dumps(dict(summary), default=str)


def _word(state: str) -> str:
    return "cut off, since the program ended before it did" if state == CUT else state
