"""CPU microseconds a request of one way to ask, in this process: `python -m benchmarks.alone WAY URL …`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import time

import uvloop

from benchmarks.alone import WAYS
from benchmarks.alone.job import Answer, Ask, Asking, Job
from crawler.core.registry import load
from crawler.runner.collector import COLLECT_AFTER


async def cpu_us(asking: Asking, job: Job, requests: int, warm_up: int) -> float:
    """CPU of the whole process for each of `requests`, those before them, which open the connections, left out."""
    async with asking(job) as ask:
        await ask_for(warm_up, ask, job)
        gc.collect()
        gc.freeze()
        began = time.process_time()
        await ask_for(requests, ask, job)
        return (time.process_time() - began) / requests * 1e6


async def ask_for(number: int, ask: Ask, job: Job) -> None:
    """That many requests, as many in flight as the job says. Raises ValueError for another answer than expected."""
    left = iter(range(number))

    async def one_after_another() -> None:
        for _ in left:
            answer = await ask()
            if answer != job.expected:
                raise ValueError(f"{answer} instead of {job.expected}")

    async with asyncio.TaskGroup() as group:
        for _ in range(job.at_once):
            group.create_task(one_after_another())


def main() -> int:
    """Prints the microseconds; 1 when an answer was not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alone", description=__doc__)
    parser.add_argument("way", choices=list(WAYS))
    parser.add_argument("url")
    parser.add_argument("--version", choices=("HTTP/1.1", "HTTP/2"), default="HTTP/1.1", help="that must be spoken")
    parser.add_argument("--body-bytes", type=int, required=True, help="that every answer must have")
    parser.add_argument("--ca-file", required=True)
    parser.add_argument("--at-once", type=int, default=32)
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--warm-up", type=int, default=320)
    options = parser.parse_args()
    job = Job(options.url, Answer(200, options.body_bytes, options.version), options.ca_file, options.at_once)
    asking = load(WAYS, options.way)
    gc.set_threshold(*COLLECT_AFTER)  # as in a crawl
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            print(runner.run(cpu_us(asking, job, options.requests, options.warm_up)))
    except ExceptionGroup as group:
        print(f"{options.way}: {group.exceptions[0]!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
