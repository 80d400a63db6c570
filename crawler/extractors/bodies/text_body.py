"""The readable text of a page."""

from __future__ import annotations

from crawler.core.visit import Document
from crawler.extractors.values.layout import laid_out
from crawler.extractors.values.nodes import events


def text_body(document: Document) -> str | None:
    """All text of the page that a reader sees, laid out in lines; None where there is no HTML."""
    return None if document.root is None else laid_out(events(document.root))
