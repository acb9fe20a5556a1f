"""Decode an answer's body piece by piece, so that a small packed one cannot fill the memory."""

from __future__ import annotations

import zlib

from leeward.errors import ServiceChanged
from leeward.words import _

STEP = 256 * 1024
_WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Unpacker:
    """Collect at most `limit` decoded bytes. Raises `ServiceChanged` beyond that, and for a packing nobody asked for."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._packing = encoding.strip().lower()
        if self._packing not in {"", "identity", *_WBITS}:
            raise ServiceChanged(_("The service packed its answer in a way leeward does not read."))
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._stream = zlib.decompressobj(_WBITS[self._packing]) if self._packing in _WBITS else None
        self._begun = False

    def feed(self, data: bytes) -> None:
        """Take in the next piece as it came."""
        if self._stream is None:
            self._keep(data)
            return
        self._begun = self._begun or bool(data)
        try:
            while data and not self._stream.eof:
                self._keep(self._stream.decompress(data, STEP))
                data = self._stream.unconsumed_tail
        except zlib.error as error:
            raise ServiceChanged(_("The service's answer arrived damaged."), _("Trying again later.")) from error

    def whole(self) -> bytes:
        """The body. Raises `ServiceChanged` when the packed one was cut off."""
        if self._stream is not None and self._begun:
            self._keep(self._stream.flush())
            if not self._stream.eof:
                raise ServiceChanged(_("The service's answer was cut off."), _("Trying again later."))
        return b"".join(self._parts)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            raise ServiceChanged(
                _("The service's answer is larger than {size} MB.").format(size=max(1, self._limit // 1_048_576)),
                _("It was not read further."),
            )
        self._parts.append(data)
