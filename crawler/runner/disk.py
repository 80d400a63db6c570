"""How much room is left where a run writes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from crawler.config.model import Config
from crawler.sinks.files.stream_output import STDOUT_PATHS


def written_places(config: Config, folder: Path) -> list[Path]:
    """Where a run with its state in `folder` writes: files or folders, that need not exist yet."""
    paths = (output.path for output in config.output if output.path not in STDOUT_PATHS)
    return [folder, *(Path(path.partition("{")[0]) for path in paths)]


def free_bytes(places: Iterable[Path]) -> int:
    """Bytes that may still be written where there is least room; of a place that does not exist, its nearest folder.

    A place that cannot be asked counts as empty: whoever writes there says better what is wrong. 10 µs a place, 25 for
    one that is not there.
    """
    return min(map(_free_bytes, places), default=sys.maxsize)


def _free_bytes(place: Path) -> int:
    place = place.absolute()
    for folder in (place, *place.parents):
        try:
            return shutil.disk_usage(folder).free
        except FileNotFoundError:
            continue
        except OSError:
            break
    return sys.maxsize
