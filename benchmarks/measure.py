"""One program run as a process of its own: CPU, wall time and peak memory of all of it, children included."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    cpu_s: float  # user and system, of the process and the children it waited for
    wall_s: float
    peak_mib: float  # of the largest process
    exit_code: int


def cost_of(
    command: list[str],
    folder: Path,
    timeout_s: float = 600.0,
    *,
    environ: Mapping[str, str] | None = None,
    good_exits: Collection[int] = (0,),
) -> Cost:
    """Runs `command` in `folder`, its output in files there. Raises RuntimeError when it fails or takes too long."""
    started = time.monotonic()
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environ)
    usage, status, peak_mib = _wait(process, started + timeout_s)
    wall_s = time.monotonic() - started
    exit_code = os.waitstatus_to_exitcode(status)
    cost = Cost(usage.ru_utime + usage.ru_stime, wall_s, peak_mib, exit_code)
    if cost.exit_code not in good_exits:
        ending = (folder / "stderr").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{command[:4]} left with {cost.exit_code}:\n{ending}")
    return cost


def _wait(process: subprocess.Popen[bytes], deadline: float) -> tuple[os.struct_rusage, int, float]:  # type: ignore[name-defined]
    peak_mib = 0.0
    while True:
        peak_mib = max(peak_mib, *(memory_mib(pid) for pid in (process.pid, *_children(process.pid))))
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage, status, peak_mib
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(0.002)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def memory_mib(pid: int, field: str = "VmHWM") -> float:
    """What a process that runs has held at most so far, or what else `field` of its status says; 0 without a process.

    What the kernel says in the end (ru_maxrss) is never less than what this program held when it began the other one.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(field)), 0.0)
