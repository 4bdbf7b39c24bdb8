"""What usually brings the future into a strategy, by how it is written; used to explain, and where watching fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .code import Source

_WHOLE = {"max", "min", "mean", "std", "median", "quantile", "percentile", "nanmax", "nanmin", "nanmean", "nanstd",
          "nanmedian", "nanquantile", "nanpercentile", "average", "argmax", "argmin", "rank", "var"}  # fmt: skip
_SIMPLE = {
    "bfill": "bfill copies later values back; use ffill",
    "backfill": "backfill copies later values back; use ffill",
    "interpolate": "interpolation draws a line to the next known value; use ffill",
    "gradient": "the gradient takes the next value too; use the difference to the one before",
    "filtfilt": "it filters forwards and backwards; use a filter that goes forwards alone",
    "savgol_filter": "its window lies around each bar; use one that ends at the bar",
    "argrelextrema": "an extremum is known only after the bars that follow it; wait for them",
    "find_peaks": "a peak is known only after the bars that follow it; wait for them",
    "fft": "a transform of all bars mixes the future into each; transform windows that end at the bar",
    "rfft": "a transform of all bars mixes the future into each; transform windows that end at the bar",
    "ifft": "a transform of all bars mixes the future into each; transform windows that end at the bar",
    "irfft": "a transform of all bars mixes the future into each; transform windows that end at the bar",
    "polyfit": "it is fitted to all bars; fit it to those before each bar",
    "lstsq": "it is fitted to all bars; fit it to those before each bar",
    "fit": "it is trained on all bars; train it on those before each bar",
    "fit_transform": "it is trained on all bars; train it on those before each bar",
    "resample": "a longer bar is known only when it is finished; shift it by one, or use view.higher and align",
    "qcut": "the buckets are those of all bars; use a rolling rank",
    "cut": "the buckets span all bars; use fixed or rolling edges",
    "transform": "a group's value is known only at the group's end; use an expanding one within it",
    "merge_asof": "a direction other than 'backward' takes later rows; use 'backward'",
    "searchsorted": "the longer bar that is running now is not finished; use indicators.align",
    "convolve": "mode 'same' lays the window around each bar; use 'full' and cut the end",
    "flip": "turned round, what came last comes first",
    "argsort": "an order of all bars knows the later ones; use a rolling rank",
    "sort_values": "an order of all bars knows the later ones",
}


def hint(node: ast.AST) -> str:
    """Why ``node`` may bring the future in, and what to write instead; '' where nothing is known."""
    for part in ast.walk(node):
        found = _why(part)
        if found:
            return found
    return ""


def suspicious(source: Source, cls: str) -> Iterator[tuple[ast.expr, str]]:
    """Expressions of the class ``cls``, and of the functions beside it, that look like a look ahead."""
    classes = [n for n in source.tree.body if isinstance(n, ast.ClassDef) and n.name == cls]
    functions = [n for n in source.tree.body if isinstance(n, ast.FunctionDef)]
    for node in [*classes, *functions] if classes else []:
        for part in ast.walk(node):
            why = _why(part) if isinstance(part, ast.expr) else ""
            if why and isinstance(part, ast.expr):
                yield part, why


def _why(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.Subscript):
        return _subscript(node)
    return ""


def _call(node: ast.Call) -> str:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("shift", "diff", "pct_change") and any(_negative(a) for a in _values(node)):
        return f"a negative {name} takes later values; only positive ones look back"
    if name == "roll" and any(_negative(a) for a in _values(node)[1:]):
        return "a negative roll takes later values; only positive ones look back, and those wrap round at the start"
    if name == "rolling":
        centred = any(k.arg == "center" and getattr(k.value, "value", False) for k in node.keywords)
        return "a centred window takes later values; leave center=True out" if centred else ""
    if name == "convolve":
        same = any(getattr(a, "value", "") == "same" for a in _values(node))
        return _SIMPLE[name] if same else ""
    if name == "merge_asof":
        other = any(k.arg == "direction" and getattr(k.value, "value", "") != "backward" for k in node.keywords)
        return _SIMPLE[name] if other else ""
    if name in _WHOLE and isinstance(node.func, ast.Attribute) and not _of_window(node):
        return f"{name} is taken over all bars, later ones too; use a rolling or expanding one"
    return _SIMPLE.get(name, "")


def _of_window(node: ast.Call) -> bool:
    """Whether it is that of a rolling or expanding window, or of a slice."""
    inner = [*ast.walk(node.func), *[n for a in node.args for n in ast.walk(a)]]
    calls = {n.func.attr for n in inner if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)}
    sliced = any(isinstance(n, ast.Subscript) for n in inner)
    return bool(calls & {"rolling", "expanding", "ewm"}) or sliced


def _subscript(node: ast.Subscript) -> str:
    part = node.slice
    if isinstance(part, ast.Slice):
        if _negative(part.step):
            return "turned round, what comes later stands before"
        if _ahead(part.lower) or (_ahead(part.upper) and not _one_more(part.upper)):
            return "this slice reaches beyond the bar itself"
        if isinstance(part.lower, ast.Constant) and part.lower.value and part.upper is None:
            return "a slice that leaves out the start moves later values forward"
        return ""
    if _ahead(part):
        return "this index is that of a later bar"
    if _negative(part):
        return "counted from the end, this is the last bar of all"
    return ""


def _ahead(node: ast.AST | None) -> bool:
    """Whether it is a name plus something, perhaps kept within bounds."""
    if isinstance(node, ast.Call):
        return any(_ahead(a) for a in node.args)
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add)
        and any(isinstance(side, ast.Name) for side in (node.left, node.right))
    )


def _one_more(node: ast.AST | None) -> bool:
    """Whether it is a name plus 1: the end of a slice that still has the bar itself."""
    return isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and node.right.value == 1


def _negative(node: ast.AST | None) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _values(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(k.value for k in node.keywords)]
