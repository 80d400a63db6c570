"""Messages between two processes over a pair of sockets: batches, each as its length and then its values.

Values are those of `marshal`: None, numbers, text, bytes, tuples, lists and dicts. It is as fast for them as pickle and
does not run what the bytes ask for.
"""

from __future__ import annotations

import asyncio
import marshal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

Message = tuple[Any, ...]

_LENGTH: Final = 8  # bytes that say how long a batch is
_AT_ONCE: Final = 256 * 1024  # bytes read in one step


def frame(values: Any) -> bytes:
    """`values` as they go over the socket."""
    data = marshal.dumps(values)
    return len(data).to_bytes(_LENGTH) + data


def receive(sock: socket.socket) -> Any:
    """The next values from a socket that blocks; None at its end."""
    head = _exactly(sock, _LENGTH)
    body = _exactly(sock, int.from_bytes(head)) if head else b""
    return marshal.loads(body) if body else None


class Channel:
    """One end of a pair of sockets, served by the running event loop, without threads and without waiting.

    What is posted in one turn of the loop leaves together, at the turn's end. take: given each batch that arrives.
    closed: called once, when the other end is gone. prepare: called before a batch leaves; it may post more.
    """

    def __init__(
        self,
        sock: socket.socket,
        take: Callable[[list[Message]], None],
        closed: Callable[[], None],
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._take = take
        self._closed = closed
        self._prepare = prepare
        self._is_open = True
        self._outbox: list[Message] = []
        self._unsent = bytearray()
        self._inbox = bytearray()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._readable)

    def post(self, message: Message) -> None:
        """Sends `message` with the next batch; in vain where the other end is gone."""
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(message)

    def close(self) -> None:
        """Lets go of the socket; `closed` is not called."""
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._sock.fileno())
            self._loop.remove_writer(self._sock.fileno())
            self._sock.close()

    def _flush(self) -> None:
        if not self._is_open:
            return
        self._prepare()
        data, self._outbox = frame(self._outbox), []
        if not self._unsent:
            data = data[self._sent(data) :]
            if data and self._is_open:
                self._loop.add_writer(self._sock.fileno(), self._writable)
        self._unsent += data

    def _writable(self) -> None:
        del self._unsent[: self._sent(self._unsent)]
        if not self._unsent and self._is_open:
            self._loop.remove_writer(self._sock.fileno())

    def _sent(self, data: bytes | bytearray) -> int:
        """How many bytes of `data` the socket has taken."""
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError:  # the other end is gone; reading will tell once what it had still written is read
            return len(data)

    def _readable(self) -> None:
        try:
            data = self._sock.recv(_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        self._inbox += data
        while self._is_open and (batch := self._next_batch()) is not None:
            self._take(batch)

    def _next_batch(self) -> list[Message] | None:
        inbox = self._inbox
        end = _LENGTH + int.from_bytes(inbox[:_LENGTH])
        if not _LENGTH <= end <= len(inbox) or len(inbox) < _LENGTH:
            return None
        try:
            with memoryview(inbox) as view, view[_LENGTH:end] as body:
                batch: list[Message] = marshal.loads(body)
        except (EOFError, ValueError, TypeError):
            self._end()  # whoever wrote that is no longer in its right mind
            return None
        del inbox[:end]
        return batch

    def _end(self) -> None:
        if self._is_open:
            self.close()
            self._closed()


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = bytearray()
    with suppress(OSError):
        while len(data) < size and (part := sock.recv(min(size - len(data), 1 << 20))):
            data += part
    return bytes(data) if len(data) == size else b""
