"""Columns that compiled steps read by their address: those of many symbols need not be copied into one.

An address is that of a column's row 0; whoever hands it over keeps the column alive, contiguous and of the right kind.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

_NUMBER = ir.IntType(32)
_TOOLS: Any = _cgutils  # numba's own tools carry no types


def addresses(columns: Sequence[NDArray[Any]], begin: Sequence[int]) -> NDArray[np.int64]:
    """Where row 0 of each of ``columns`` would be if it began with the row ``begin`` of all of them end to end."""
    return np.array([c.ctypes.data - c.itemsize * first for c, first in zip(columns, begin, strict=True)], np.int64)


def _place(builder: Any, kind: Any, arguments: Any) -> Any:
    return builder.gep(builder.inttoptr(arguments[0], kind.as_pointer()), [arguments[1]])


def _price(context: Any, address: Any, row: Any) -> Any:
    def read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_place(builder, ir.DoubleType(), arguments), align=8)

    return types.float64(types.int64, types.int64), read


def _stamp(context: Any, address: Any, row: Any) -> Any:
    def read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_place(builder, ir.IntType(64), arguments), align=8)

    return types.int64(types.int64, types.int64), read


def _word(context: Any, address: Any, row: Any) -> Any:
    def read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # flags of rows cut out of longer columns begin anywhere
        return builder.load(_place(builder, ir.IntType(64), arguments), align=1)

    return types.uint64(types.int64, types.int64), read


def _byte(context: Any, address: Any, row: Any) -> Any:
    def read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_place(builder, ir.IntType(8), arguments))

    return types.uint8(types.int64, types.int64), read


def _fetch(context: Any, address: Any, row: Any) -> Any:
    def ask(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.bitcast(_place(builder, ir.DoubleType(), arguments), _TOOLS.voidptr_t)
        kind = ir.FunctionType(ir.VoidType(), [_TOOLS.voidptr_t, _NUMBER, _NUMBER, _NUMBER])
        prefetch = _TOOLS.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # to be read, to be kept, as data
        builder.call(prefetch, [place, _NUMBER(0), _NUMBER(3), _NUMBER(1)])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), ask


def _row(context: Any, number: Any) -> Any:
    return types.uintp(types.intp), lambda context, builder, signature, arguments: arguments[0]


def _lowest(context: Any, word: Any) -> Any:
    def count(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zeros = builder.cttz(arguments[0], ir.IntType(1)(1))
        return builder.and_(zeros, ir.IntType(64)(56))

    return types.uint64(types.uint64), count


# the float, or the whole number of 64 bits, in a row of the column at an address
price: Any = intrinsic(_price)
stamp: Any = intrinsic(_stamp)
# eight bytes of the column of bytes at an address, as a word, and one of them
word: Any = intrinsic(_word)
byte: Any = intrinsic(_byte)
# ask for such a row that is read soon: waiting for memory takes longer than filling an order; harmless beyond the ends
fetch: Any = intrinsic(_fetch)
# a row of an array that is never counted from its end: loops that need not look at its sign become vectors
row_of: Any = intrinsic(_row)
# by how many bits the lowest byte that is not 0 of a word of 64 stands above its end; the word must not be 0
lowest_byte: Any = intrinsic(_lowest)
