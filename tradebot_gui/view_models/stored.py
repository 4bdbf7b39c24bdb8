"""Stored series in the words of a person: the list, gaps, findings and what was done to a series."""

from __future__ import annotations

from shared_modules.core.events import Gap, GapKind
from shared_modules.system_integration import EditOutcome, Entry, RepairOutcome, SeriesInfo
from shared_modules.system_integration.data_words import WARNINGS, Finding
from tradebot_gui import texts

from .table import Column

GAP_TONES = {
    GapKind.EXCHANGE: "accent",
    GapKind.NO_TRADES: "muted",
    GapKind.OURS: "loss",
    GapKind.UNREPAIRED: "warning",
}
WORDS = {
    "repair": "repaired", "import": "imported", "resample": "built", "delete": "deleted", "undo": "taken back",
    "absent": "asked for", "quarantine": "damaged file set aside",
}  # fmt: skip
# what can be taken back
UNDOABLE = ("repair", "import", "resample", "delete", "quarantine")
SHORT = "%Y-%m-%d %H:%M"


def megabytes(size: int) -> str:
    """A size in the unit that suits it."""
    for scale, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= scale:
            return f"{texts.number(size / scale, 1)} {unit}"
    return f"{size} B"


def plural(count: int, word: str) -> str:
    """'1 candle', '2 candles', '3 series'."""
    return f"{texts.number(count, 0)} {word}" + ("" if count == 1 or word.endswith("s") else "s")


def _score_tone(info: SeriesInfo) -> str | None:
    if info.score is None:
        return "muted"
    return "gain" if info.score >= 100 else "warning" if info.score >= 80 else "loss"


def _whole(sum_: float) -> str:
    return texts.number(sum_, 0)


def info_columns(zone: str) -> tuple[Column[SeriesInfo], ...]:
    """The columns of the list of stored series."""
    return (
        Column("Symbol", lambda i: i.series.market.symbol, width=92, hint=lambda i: str(i.series.market)),
        Column("Time", lambda i: i.series.timeframe.ms, lambda i: i.series.timeframe.name, None, True, 42,
               copied=lambda i: i.series.timeframe.name),
        Column("Score", lambda i: i.score, lambda i: "—" if i.score is None else texts.number(i.score, 2), _score_tone,
               True, 56, "Quality at the last check, 0 to 100; — means not checked since the terminal was opened"),
        Column("Rows", lambda i: i.rows, lambda i: texts.number(i.rows, 0), None, True, 72, total=_whole,
               spare=1),
        Column("Missing", lambda i: i.missing, lambda i: texts.number(i.missing, 0),
               lambda i: ("warning" if i.unexplained else "accent") if i.missing else "muted", True, 64,
               "Candles that lack between the first and the last", total=_whole),
        Column("Gaps", lambda i: len(i.gaps), lambda i: texts.number(len(i.gaps), 0), None, True, 46, total=_whole,
               spare=2),
        Column("First", lambda i: i.first, lambda i: texts.when(i.first, zone, SHORT), width=122, spare=3,
               moment=True),
        Column("Last", lambda i: i.last, lambda i: texts.when(i.last, zone, SHORT), width=122, spare=3, moment=True),
        Column("Size", lambda i: i.size, lambda i: megabytes(i.size), None, True, 66, spare=3,
               total=lambda sum_: megabytes(round(sum_))),
        Column("Exchange", lambda i: f"{i.series.market.exchange} {i.series.market.category.value}", width=110,
               spare=3),
        Column("Trouble", lambda i: i.error, tone=lambda i: "loss", width=60, hint=lambda i: i.error, elastic=True,
               spare=1),
    )  # fmt: skip


def gap_columns(zone: str) -> tuple[Column[Gap], ...]:
    """The columns of the gaps of a series."""

    def time(ms: int) -> str:
        return texts.when(ms, zone, SHORT)

    return (
        Column("From", lambda g: g.start, lambda g: time(g.start), width=126, moment=True),
        Column("To", lambda g: g.end, lambda g: time(g.end), width=126, moment=True),
        Column("Missing", lambda g: g.missing, lambda g: texts.number(g.missing, 0), None, True, 64, total=_whole),
        Column("Why", lambda g: g.kind.value, tone=lambda g: GAP_TONES[g.kind], width=70, elastic=True,
               tip="Unrepaired: nobody has asked the exchange yet; Repair does"),
    )  # fmt: skip


def finding_columns(zone: str) -> tuple[Column[Finding], ...]:
    """The columns of what a check found."""

    def where(finding: Finding) -> str:
        if not finding.spans:
            return ""
        first = texts.when(finding.spans[0][0], zone, SHORT)
        return first + (f" and {len(finding.spans) - 1:,} more places" if len(finding.spans) > 1 else "")

    return (
        Column("What", lambda f: f.fault.value, tone=lambda f: "warning" if f.fault in WARNINGS else "loss", width=140,
               elastic=True),
        Column("Candles", lambda f: f.count, lambda f: texts.number(f.count, 0), None, True, 64),
        Column("Is", lambda f: "worth a look" if f.fault in WARNINGS else "wrong", width=90, spare=1),
        Column("First", where, width=120, elastic=True, hint=where),
    )  # fmt: skip


def entry_columns(zone: str) -> tuple[Column[Entry], ...]:
    """The columns of what was done to a series."""
    return (
        Column("When", lambda e: e.at, lambda e: texts.when(e.at, zone, SHORT), width=126, moment=True),
        Column("What", lambda e: WORDS.get(e.kind, e.kind), width=80, elastic=True),
        Column("Added", lambda e: e.added, lambda e: texts.number(e.added, 0), None, True, 58),
        Column("Replaced", lambda e: e.replaced, lambda e: texts.number(e.replaced, 0), None, True, 64, spare=1),
        Column("Removed", lambda e: e.removed, lambda e: texts.number(e.removed, 0), None, True, 64, spare=1),
        Column("From", lambda e: e.source, width=110, hint=lambda e: e.source, spare=2),
        Column("Why", lambda e: e.reason, width=110, spare=2),
        Column("Name", lambda e: e.id, width=120, spare=3),
    )


def edited(outcome: EditOutcome) -> str:
    """What an import, a resampling or a deletion did."""
    parts = [
        f"{plural(count, 'candle')} {word}"
        for count, word in (
            (outcome.added, "added"), (outcome.replaced, "replaced"), (outcome.removed, "deleted"),
            (outcome.kept, "kept as they were"),
        )
        if count
    ]  # fmt: skip
    return f"{outcome.series}: " + (", ".join(parts) or "nothing had to be changed") + "."


def mended(outcomes: list[RepairOutcome]) -> str:
    """What a repair did, in one sentence."""
    added, replaced = sum(o.added for o in outcomes), sum(o.replaced for o in outcomes)
    removed, failed = sum(o.removed for o in outcomes), [o for o in outcomes if o.error]
    words = f"{plural(len(outcomes), 'series')} looked after: {plural(added, 'candle')} added, {replaced:,} replaced"
    words += f", {removed:,} removed" if removed else ""
    stay = sum(gap.missing for o in outcomes for gap in o.absent)
    words += f"; the exchange has none of {stay:,} more" if stay else ""
    if failed:
        words += f". {plural(len(failed), 'series')} failed, the first: {failed[0].series}: {failed[0].error}"
    return words + "."
