"""What is inside an element of the page's tree."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from crawler.extractors.values.layout import APART, UNSEEN, Event


def events(node: LexborNode) -> Iterator[Event]:
    """Texts, and starts and ends of what parts them, from `node` on in document order, without what inside of it is
    never shown. At any depth."""
    opened: list[str] = []  # "" for a tag that parts nothing
    following: list[LexborNode | None] = [node.first_child]
    own = node.tag if node.tag in APART else ""
    if own:
        yield "start", own
    while following:
        child = following.pop()
        if child is None:
            if opened and (tag := opened.pop()):
                yield "end", tag
            continue
        following.append(child.next)
        if child.is_text_node:
            yield "text", child.text_content or ""
        elif child.is_element_node and (name := child.tag or "") not in UNSEEN:
            tag = name if name in APART else ""
            if tag:
                yield "start", tag
            opened.append(tag)
            following.append(child.first_child)
    if own:
        yield "end", own
