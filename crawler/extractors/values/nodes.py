"""What is inside an element of the page's tree."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from crawler.extractors.values.layout import UNSEEN, Event


def events(node: LexborNode) -> Iterator[Event]:
    """Starts, texts and ends from `node` on, in document order, without what inside of it is never shown. At any
    depth."""
    opened: list[str] = []
    yield "start", node.tag or ""
    following: list[LexborNode | None] = [node.first_child]
    while following:
        child = following.pop()
        if child is None:
            if opened:
                yield "end", opened.pop()
            continue
        following.append(child.next)
        if child.is_text_node:
            yield "text", child.text_content or ""
        elif child.is_element_node and (tag := child.tag or "") not in UNSEEN:
            yield "start", tag
            opened.append(tag)
            following.append(child.first_child)
    yield "end", node.tag or ""
