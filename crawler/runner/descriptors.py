"""How many files and sockets this process may open, and how many requests that allows."""

from __future__ import annotations

import resource
from contextlib import suppress

from crawler.config.model import Config
from crawler.core.errors import BadInput

OWN = 32  # standard streams, state, output, log, event loop; name lookups and two families tried at once come and go
FEWEST = OWN + 4


def raise_limit(sockets: int) -> int:
    """How many sockets this process may hold beside its own files, at most `sockets`, after raising the soft limit as
    far as that takes. Raises BadInput where there is no room for a crawl at all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return sockets
    wanted = sockets + OWN
    if soft < wanted and (hard == resource.RLIM_INFINITY or soft < hard):
        raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):  # not ours to change, in some containers
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FEWEST:
        raise BadInput(f"this process may open only {soft} files (ulimit -n), and a crawl needs at least {FEWEST}")
    return min(sockets, soft - OWN)


def fitted(config: Config) -> tuple[Config, str | None]:
    """`config` with as many requests at once as there may be sockets, and what to tell if those are fewer than it says:
    a page must not fail because this machine allows too little. Raises BadInput."""
    concurrency = config.concurrency
    wanted = max(concurrency.total, concurrency.connections or 0)
    room = raise_limit(wanted)
    if room == wanted:
        return config, None
    fewer = {"total": min(concurrency.total, room), "connections": min(concurrency.connections or room, room)}
    notice = (
        f"this process may open only {room + OWN} files (ulimit -n), which leaves {room} for connections: "
        f"concurrency.total is {fewer['total']} in this run, not {concurrency.total}"
    )
    return config.model_copy(update={"concurrency": concurrency.model_copy(update=fewer)}), notice
