"""The main content of a page as Markdown."""

from __future__ import annotations

from typing import Final

import trafilatura

from crawler.core.visit import Document

MOST_CHARACTERS: Final = 1_000_000  # of a page's markup; 2 s of work, and no page may take more than 10


def markdown_body(document: Document) -> str | None:
    """The main content without navigation and the like; None where none is found or the page is too large.

    About 2 ms a kilobyte: far more than everything else that is done with a page, so that runs do it in a process of
    its own (HEAVY_BYTES).
    """
    if document.root is None or document.page_characters > MOST_CHARACTERS:
        return None
    found = trafilatura.extract(
        document.text,
        url=document.url,
        output_format="markdown",
        include_comments=False,
        include_formatting=True,
        include_links=True,
        include_tables=True,
    )
    return found or None
