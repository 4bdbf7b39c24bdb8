"""Words of the command line that are what they should be already, taken without typer's way through pydantic.

Typer makes a checker of pydantic for each option of a command, given or not: a sixth of the time until a backtest
begins. A word that is a text where a text is asked for, a path, a plain number or a default needs none; for all others
typer's own checker is made then, which also words what is wrong with them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args, get_origin

import typer
from typer._coercion import RuntimeParam, build_runtime_param
from typer._param_types import coerce_cli_path
from typer.models import ParameterInfo

_WHOLE, _NUMBER = re.compile(r"-?[0-9]{1,15}"), re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_ODD = object()


def taken_as_they_are(command: Any) -> None:
    """Let ``command`` and those below it take plain words without a checker."""
    # with the one for help, which is in no list of them
    for parameter in command.get_params(typer.Context(command)):
        described = getattr(parameter, "type_descriptor", None)
        if described is not None and _is_plain(described.parameter_info):
            parameter._runtime_param = _Quick(described.parameter_info, described.annotation)
    for below in getattr(command, "commands", {}).values():
        taken_as_they_are(below)


def _is_plain(info: ParameterInfo) -> bool:
    return info.parser is None and info.min is None and info.max is None


class _Quick(RuntimeParam):
    """Plain words at once, others by typer's own checker."""

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        kind: Any = self.annotation
        if get_origin(kind) is list:
            found = [self._taken(word, get_args(kind)[0], param, ctx) for word in value]
            odd = _ODD in found
        else:
            found = self._taken(value, kind, param, ctx)
            odd = found is _ODD
        if odd:
            return build_runtime_param(param.type_descriptor)._coerce_value(value, param=param, ctx=ctx)
        return found

    def _taken(self, word: Any, kind: Any, param: Any, ctx: Any) -> Any:
        if type(word) is kind:
            return word
        if type(word) is not str:
            return _ODD
        if kind is int and _WHOLE.fullmatch(word):
            return int(word)
        if kind is float and _NUMBER.fullmatch(word):
            return float(word)
        if kind is Path:
            return coerce_cli_path(Path(word), self.parameter_info, path_type=Path, param=param, ctx=ctx)
        return _ODD
