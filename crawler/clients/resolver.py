"""One DNS cache for every client: time to live, negative answers, bounded size, one lookup at a time for a name."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from crawler.clients.address_guard import literal_of
from crawler.core.errors import FetchFailed

LOOKUPS_AT_ONCE: Final = 32
TEMPORARY_TTL_S: Final = 5.0  # RFC 2308 7.1: a server's failure says nothing about the name; a later retry asks again

Lookup = Callable[..., Sequence[tuple[Any, ...]]]  # the signature of socket.getaddrinfo
_NO_SUCH_HOST: Final = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Address(NamedTuple):
    """Where to connect to."""

    family: int
    ip: str  # IPv6 with its zone, if it has one: fe80::1%2
    port: int


class _Answer(NamedTuple):
    addresses: tuple[tuple[int, str], ...]
    failure: str | None
    expires: float


class Resolver:
    """Host names to addresses. `ttl_s` 0 = no cache; of more than `max_entries` names the least recently used goes.

    Names are looked up by the operating system, so /etc/hosts and search domains work, in daemon threads: a name server
    that hangs holds up neither other names nor the end of the program.
    """

    def __init__(
        self,
        ttl_s: float,
        negative_ttl_s: float,
        max_entries: int,
        *,
        lookup: Lookup = socket.getaddrinfo,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl_s, self._negative_ttl_s, self._max_entries = ttl_s, negative_ttl_s, max_entries
        self._lookup, self._clock = lookup, clock
        self._answers: OrderedDict[tuple[str, int], _Answer] = OrderedDict()
        self._running: dict[tuple[str, int], asyncio.Future[_Answer]] = {}
        self._threads = threading.Semaphore(LOOKUPS_AT_ONCE)
        self._lookups = self._hits = self._misses = 0

    async def resolve(self, host: str, port: int, family: int = socket.AF_UNSPEC) -> list[Address]:
        """The addresses of `host` in the order to try them. Raises FetchFailed("dns").

        An address is its own answer and counts as nothing; names that wait for one another's lookup count as misses.
        """
        if ip := literal_of(host):
            return [Address(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip, port)]
        answer = self._known((host, family)) or await self._find((host, family))
        if answer.failure:
            raise FetchFailed("dns", answer.failure, reached=False)
        return [Address(kind, ip, port) for kind, ip in answer.addresses]

    def counts(self) -> Mapping[str, int]:
        """dns_lookups: names asked for; dns_hits and dns_misses: answers that were in the cache, or were not."""
        return {"dns_lookups": self._lookups, "dns_hits": self._hits, "dns_misses": self._misses}

    def _known(self, key: tuple[str, int]) -> _Answer | None:
        answer = self._answers.get(key)
        if answer is None or answer.expires <= self._clock():
            self._misses += 1
            return None
        self._answers.move_to_end(key)
        self._hits += 1
        return answer

    async def _find(self, key: tuple[str, int]) -> _Answer:
        running = self._running.get(key)
        if running is None or running.get_loop() is not asyncio.get_running_loop():
            self._lookups += 1
            running = self._running[key] = asyncio.get_running_loop().create_future()
            running.add_done_callback(lambda done: self._keep(key, done.result()))
            try:
                threading.Thread(target=self._work, args=(key, running), name=f"dns {key[0]}", daemon=True).start()
            except RuntimeError:  # the system allows no further one just now, which says nothing about the name
                running.set_result(self._failed(f"name lookup of {key[0]} failed: no thread could be started", 0.0))
        return await asyncio.shield(running)

    def _work(self, key: tuple[str, int], running: asyncio.Future[_Answer]) -> None:
        with self._threads:
            answer = self._ask(*key)
        with suppress(RuntimeError):  # the loop is gone, and everyone who asked with it
            running.get_loop().call_soon_threadsafe(running.set_result, answer)

    def _ask(self, host: str, family: int) -> _Answer:
        try:
            found = self._lookup(host, 0, family, socket.SOCK_STREAM)
        except OSError as error:
            if isinstance(error, socket.gaierror) and error.errno in _NO_SUCH_HOST:
                return self._failed(f"no such host: {host}")
            return self._failed(f"name lookup of {host} failed: {error.strerror}".lower(), TEMPORARY_TTL_S)
        except (UnicodeError, ValueError):
            return self._failed(f"not a usable host name: {host}")
        addresses = tuple(dict.fromkeys((kind, _zoned(*address)) for kind, _, _, _, address in found))
        if not addresses:
            return self._failed(f"no address for {host}")
        return _Answer(addresses, None, self._clock() + self._ttl_s)

    def _failed(self, why: str, at_most_s: float = float("inf")) -> _Answer:
        return _Answer((), why, self._clock() + min(self._negative_ttl_s, at_most_s))

    def _keep(self, key: tuple[str, int], answer: _Answer) -> None:
        self._running.pop(key, None)
        if answer.expires > self._clock():
            self._answers[key] = answer
            self._answers.move_to_end(key)
        while len(self._answers) > self._max_entries:
            self._answers.popitem(last=False)


def _zoned(ip: str, _port: int, _flow: int = 0, zone: int = 0) -> str:
    return f"{ip}%{zone}" if zone and "%" not in ip else ip
