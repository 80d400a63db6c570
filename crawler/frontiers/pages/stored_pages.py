"""Pages of the last finished run, in the state file, beside those that the run under way has seen so far."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

from crawler.core.ports import KnownUrl
from crawler.core.url import fingerprint
from crawler.core.visit import Page, Remembered
from crawler.frontiers.sqlite_store import Store

_IN_COLUMNS = Remembered._fields.index("page")  # what follows is packed
_COLUMNS = "fp, url, target, depth, parent, hops_out, etag, last_modified, sha256, recipe, content"


class StoredPages:
    """Reads from the last finished run, writes for the next: a run that is dropped, or still goes on, changes nothing
    of what it is compared with. Part of the store's open transaction. About 40 µs a page either way."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recall(self, url: str) -> Remembered | None:
        """What the last finished run kept of `url`."""
        rows = self._store.run(f"SELECT {_COLUMNS} FROM pages WHERE fp = ?", (fingerprint(url),))
        return _page(rows[0]) if rows and rows[0][1] == url else None

    def remember(self, page: Remembered) -> None:
        """Keeps `page` for the runs after this one."""
        self._keep((fingerprint(page.url), *page[:_IN_COLUMNS], _packed(page)))

    def forget(self, url: str) -> None:
        """Keeps nothing of `url` for the runs after this one."""
        self._keep((fingerprint(url), url, *[None] * 9))

    def known(self, after: int | None, most: int) -> list[KnownUrl]:
        """At most `most` URLs of the last finished run behind the place `after`; None: from the first."""
        return [
            KnownUrl(*row)
            for row in self._store.run(
                "SELECT fp, url, depth, parent, hops_out FROM pages WHERE ? IS NULL OR fp > ? ORDER BY fp LIMIT ?",
                (after, after, most),
            )
        ]

    def keep_dates(self, dates: Iterable[tuple[str, str]]) -> None:
        """Keeps when pages changed last, by URL, as a sitemap has it; what was kept before is overwritten."""
        for url, lastmod in dates:
            self._store.run("INSERT OR REPLACE INTO dates VALUES (?, ?)", (fingerprint(url), lastmod))

    def date_of(self, url: str) -> str | None:
        """What a sitemap, of this run or an earlier one, said last of when the page at `url` changed."""
        rows = self._store.run("SELECT lastmod FROM dates WHERE fp = ?", (fingerprint(url),))
        return str(rows[0][0]) if rows else None

    def end_run(self) -> None:
        """What this run has kept is now that of the last finished one; pages it did not come to stay as they were."""
        self._store.run("DELETE FROM pages WHERE fp IN (SELECT fp FROM pages_next WHERE target IS NULL)")
        self._store.run("INSERT OR REPLACE INTO pages SELECT * FROM pages_next WHERE target IS NOT NULL")
        self._store.run("DELETE FROM pages_next")

    def _keep(self, row: tuple[Any, ...]) -> None:
        self._store.run(f"INSERT OR REPLACE INTO pages_next ({_COLUMNS}) VALUES ({', '.join('?' * 11)})", row)


def _packed(remembered: Remembered) -> bytes:
    """What a page held. Links take most of it, and resemble each other: compressed, about a tenth is left."""
    page = remembered.page
    follow = None if page.follow == page.links else page.follow
    content = (page.content_type, page.charset, page.charset_source, page.title, page.links, follow)
    parts = [content, dict(remembered.data), remembered.fetched_at, remembered.missing]
    return zlib.compress(json.dumps(parts, default=str).encode(), 1)


def _page(row: tuple[Any, ...]) -> Remembered:
    content, data, *more = json.loads(zlib.decompress(row[-1]))
    content_type, charset, source, title, links, follow = content
    page = Page(content_type, charset, source, title, tuple(links), tuple(links if follow is None else follow))
    fetched_at = more[0] if more else None  # which older state files do not have
    missing = more[1] if len(more) > 1 else ()  # nor this
    return Remembered._make((*row[1:-1], page, data, fetched_at, tuple(missing)))
