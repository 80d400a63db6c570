"""The helper process: reads one page after the other within bounded memory, and does nothing else."""

from __future__ import annotations

import pickle
import resource
import signal
import socket
import sys
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from crawler.core.ports import PageRules
from crawler.engine.reading import ReadingRules
from crawler.runner.reading.asked import Asked
from crawler.runner.workers.channel import frame, receive
from crawler.runner.workers.lineage import die_with, leave_signals_to_the_run
from crawler.runner.workers.packing import packed_page, unpacked_response

MOST_BYTES: Final = 512 * 1024 * 1024
OUT_OF_TIME: Final = signal.SIGPROF  # nothing in this process can hold that up


def serve(sock: socket.socket, cpu_s: float) -> None:
    """Answers until the other end of `sock` is closed. A page that takes more than `cpu_s` of CPU ends the process."""
    while batch := receive(sock):
        for rules, response in batch:
            signal.setitimer(signal.ITIMER_PROF, cpu_s)
            answer = frame([_answer(ReadingRules._make(rules), response)])
            signal.setitimer(signal.ITIMER_PROF, 0)
            sock.sendall(answer)


def _answer(rules: ReadingRules, packed: tuple[Any, ...]) -> tuple[bool, Any]:
    """Whether the page could be read, and the page or why not."""
    try:
        return True, packed_page(rules.read(unpacked_response(packed), _page_rules(rules.asked, rules.with_bodies)))
    except MemoryError:
        return False, f"reading the page needs more than {MOST_BYTES >> 20} MiB"
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"


@lru_cache(maxsize=2)
def _page_rules(asked: bytes, with_bodies: bool) -> PageRules | None:
    """The rules of the run that began this process, which pickled what they are made of."""
    made: Asked = pickle.loads(asked) if asked else Asked()
    rules = made.rules()
    return rules if rules is None or with_bodies else rules.without_bodies()


def main(parent: int, cpu_s: float) -> None:
    """The life of a helper that the process `parent` began: its channel is standard input."""
    leave_signals_to_the_run()
    die_with(parent)
    with suppress(ValueError, OSError):  # where the system knows no such limit
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    with socket.socket(fileno=0) as sock:
        serve(sock, cpu_s)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
