"""`python -m benchmarks [PART] [options]`: one part, or without a name those that take ten minutes together."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.environments import ROOT

PARTS = ("compare", "startup", "latency", "folklore", "frontier", "workers", "memory", "extraction", "clients")
QUICK = ("compare", "startup", "latency")


def main() -> int:
    """The exit code: that of the part, or the worst of all."""
    words = sys.argv[1:]
    if words and not words[0].startswith("-"):
        if words[0] not in PARTS:
            print(f"no such part: {words[0]}; parts: {', '.join(PARTS)}", file=sys.stderr)
            return 2
        return _run(words[0], words[1:])
    if words:  # options alone are those of the comparison
        return _run("compare", words)
    return max(_run(part, []) for part in QUICK)


def _run(part: str, options: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", f"benchmarks.{part}", *options], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
