"""Bars that travel to another process through shared memory instead of a pickle."""

from __future__ import annotations

import io
import pickle
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from .bars import COLUMNS, Bars

# below this a pickle is as quick as a block of shared memory
SMALL = 2_000


class Parcel:
    """A pickled value whose large `Bars` lie in shared memory; the sender keeps it until the receiver has opened it."""

    def __init__(self, value: Any) -> None:
        self._blocks: list[SharedMemory] = []
        buffer = io.BytesIO()
        try:
            _Pickler(buffer, self._blocks).dump(value)
        except BaseException:
            self.release()  # nobody else knows of the blocks made so far
            raise
        self.data = buffer.getvalue()

    def release(self) -> None:
        """Give the shared memory back; twice is safe."""
        while self._blocks:
            block = self._blocks.pop()
            block.close()
            block.unlink()


def opened(data: bytes) -> Any:
    """The value of a parcel's ``data``; its bars are this process's own copies."""
    return pickle.loads(data)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, blocks: list[SharedMemory]) -> None:
        super().__init__(file, protocol=5)
        self._blocks = blocks

    def reducer_override(self, value: Any) -> Any:
        if type(value) is not Bars or len(value) < SMALL:
            return NotImplemented
        block = SharedMemory(create=True, size=len(value) * 8 * len(COLUMNS))
        self._blocks.append(block)
        for row, name in enumerate(COLUMNS):
            column = getattr(value, name)
            np.ndarray(len(value), column.dtype, block.buf, row * len(value) * 8)[:] = column
        return _from_block, (block.name, len(value))


def _from_block(name: str, n: int) -> Bars:
    block = SharedMemory(name=name)
    try:
        columns = [
            np.ndarray(n, np.int64 if column == "time" else np.float64, block.buf, row * n * 8).copy()
            for row, column in enumerate(COLUMNS)
        ]
    finally:
        block.close()
    return Bars(*columns)
