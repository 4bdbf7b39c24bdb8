"""Eight floats side by side, for compiled loops that the compiler can't turn into vectors itself.

It may not reorder sums of floats, and it finishes each loop one value at a time. `Lanes` are values of compiled
functions only, each operation is one or two instructions. Importing this module loads numba.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

WIDTH = 8
_DOUBLE = ir.DoubleType()
_LANES = ir.VectorType(_DOUBLE, WIDTH)
_NUMBER, _NUMBERS = ir.IntType(32), ir.VectorType(ir.IntType(32), WIDTH)


class Lanes(types.Type):
    """Eight floats in a register or two."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


lanes = Lanes()


@register_model(Lanes)
class _Vector(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, _LANES)  # type: ignore[no-untyped-call]


def _place(builder: Any, address: Any, row: Any) -> Any:
    at = builder.gep(builder.inttoptr(address, _DOUBLE.as_pointer()), [row])
    return builder.bitcast(at, _LANES.as_pointer())


def _lanes_at(context: Any, address: Any, row: Any) -> Any:
    def read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_place(builder, *arguments), align=8)

    return lanes(types.int64, types.int64), read


def _put(context: Any, address: Any, row: Any, values: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _place(builder, *arguments[:2]), align=8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, lanes), write


def _shuffled(builder: Any, a: Any, b: Any, places: list[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(_NUMBERS, places))


def _all(context: Any, value: Any) -> Any:
    def spread(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        one = builder.insert_element(ir.Constant(_LANES, ir.Undefined), arguments[0], _NUMBER(0))
        return _shuffled(builder, one, one, [0] * WIDTH)

    return lanes(types.float64), spread


def _last(context: Any, values: Any) -> Any:
    def spread(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _shuffled(builder, arguments[0], arguments[0], [WIDTH - 1] * WIDTH)

    return lanes(lanes), spread


def _running(context: Any, values: Any) -> Any:
    def scan(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found, none = arguments[0], ir.Constant(_LANES, [0.0] * WIDTH)
        for by in (1, 2, 4):
            moved = _shuffled(builder, found, none, [WIDTH] * by + list(range(WIDTH - by)))
            found = builder.fadd(found, moved)
        return found

    return lanes(lanes), scan


def _mark(context: Any, address: Any, row: Any, values: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, row, values = arguments
        byte = ir.IntType(8)
        at = builder.gep(builder.inttoptr(address, byte.as_pointer()), [row])
        flags = builder.fcmp_ordered(">", values, ir.Constant(_LANES, [0.0] * WIDTH))
        kind = ir.VectorType(byte, WIDTH)
        builder.store(builder.zext(flags, kind), builder.bitcast(at, kind.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, lanes), write


def _paired(made: Callable[[Any, Any, Any], Any]) -> Any:
    def typed(context: Any, a: Any, b: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return made(builder, *arguments)

        return lanes(lanes, lanes), code

    return intrinsic(typed)


def _less(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


def _more(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _folded(made: Callable[[Any, Any, Any], Any]) -> Any:
    """One value of eight: neighbours in pairs, then the pairs in pairs, then these."""

    def typed(context: Any, values: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            left = [builder.extract_element(arguments[0], _NUMBER(k)) for k in range(WIDTH)]
            while len(left) > 1:
                left = [made(builder, a, b) for a, b in zip(left[::2], left[1::2], strict=True)]
            return left[0]

        return types.float64(lanes), code

    return intrinsic(typed)


def _sum(builder: Any, a: Any, b: Any) -> Any:
    return builder.fadd(a, b)


def _product(builder: Any, a: Any, b: Any) -> Any:
    return builder.fmul(a, b)


# the eight floats from a row of the column at an address on, and to write them there
lanes_at: Any = intrinsic(_lanes_at)
put_lanes: Any = intrinsic(_put)
# eight times the same float, and the last of eight eight times
all_lanes: Any = intrinsic(_all)
last_lanes: Any = intrinsic(_last)
# the sum of each lane and those before it, in pairs of one, two and four
running_lanes: Any = intrinsic(_running)
# write, from a row of the flags at an address on, which lanes are above 0
mark_above: Any = intrinsic(_mark)
# lane by lane; the lower and the higher take the second where one is NaN
plus, product, lowers, highers = _paired(_sum), _paired(_product), _paired(_less), _paired(_more)
# one float of eight
total_of, lowest_of, highest_of = _folded(_sum), _folded(_less), _folded(_more)
