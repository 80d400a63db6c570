"""A symbolic link to the newest complete file, moved in one step."""

from __future__ import annotations

import os

from crawler.core.errors import BadInput
from crawler.sinks.files.writing import failure


def point_at(link: str, path: str) -> None:
    """Makes the symbolic link `link` name `path`, relative to its own folder, so that both can be moved together.

    Readers see the old file or the new one, never none. Raises BadInput where something other than a link is there,
    OutputFailed.
    """
    check_free(link)
    folder = os.path.dirname(link)
    passing = f"{link}.new"
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
        if os.path.lexists(passing):
            os.unlink(passing)
        os.symlink(os.path.relpath(path, folder or "."), passing)
        os.replace(passing, link)
    except OSError as error:
        raise failure(error, link) from error


def check_free(link: str) -> None:
    """Raises BadInput where `link` is something that must not be overwritten."""
    if os.path.lexists(link) and not os.path.islink(link):
        raise BadInput(f"output.latest: {link} exists and is no symbolic link, so it is left alone")
