"""Structs that compiled steps hand to each other by their address.

numba hands a tuple of arrays on word by word, some ninety of them for a state, a ledger and rules: most of the time of
a step and of its compilation went into that. A step that is called from Python takes the tuples themselves and calls
`hold` first; every step below it reads the fields it needs.
"""

from typing import Any

from numba import types
from numba.core import cgutils as _cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, register_model

# numba's own tools carry no types
_TOOLS: Any = _cgutils


class Held(types.Type):
    """The address of a named tuple ``of`` fields, which live on the stack of the step that called `hold`."""

    def __init__(self, of: Any) -> None:
        self.of = of
        super().__init__(name=f"Held({of})")


@register_model(Held)
class _Address(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Held) -> None:
        super().__init__(manager, kind, manager.lookup(kind.of).get_value_type().as_pointer())  # type: ignore[no-untyped-call]


@infer_getattr
class _Fields(AttributeTemplate):
    key = Held

    def generic_resolve(self, kind: Held, name: str) -> Any:  # type: ignore[override]
        return kind.of[kind.of.fields.index(name)] if name in kind.of.fields else None


@lower_getattr_generic(Held)  # type: ignore[no-untyped-call]
def _field(context: Any, builder: Any, kind: Held, address: Any, name: str) -> Any:
    at = kind.of.fields.index(name)
    return builder.load(_TOOLS.gep_inbounds(builder, address, 0, at))


def _hold(context: Any, fields: Any) -> Any:
    if isinstance(fields, Held):
        return fields(fields), lambda context, builder, signature, arguments: arguments[0]

    def put(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _TOOLS.alloca_once_value(builder, arguments[0])

    return Held(fields)(fields), put


# what is held already stays what it is, so that steps can call each other
hold: Any = intrinsic(_hold)
