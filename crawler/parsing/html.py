"""What an HTML page says of itself and where it points: title, base, links, robots rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Final

from selectolax.lexbor import LexborCSSSelector, LexborHTMLParser, LexborNode

from crawler.parsing.nesting import Shape, pieces

Attributes = dict[str, str | None]
Foreign = dict[int, bool]  # by the memory address of a parent in the tree at hand

_WANTED: Final = "[href],iframe[src],frame[src],meta[content],title"  # the comma keeps document order
_WITHOUT_EVENTS: Final = 1
# One for all trees: each tree's own costs 100 µs to make, as much as parsing 10 KB. It never gives up the GIL.
_SELECTOR: Final = LexborCSSSelector()  # type: ignore[no-untyped-call]
_LINK_RELATIONS: Final = frozenset(("next", "prev", "previous", "canonical", "alternate"))
_FOREIGN: Final = frozenset(("svg", "math"))
_ALWAYS_HTML: Final = frozenset(  # what is in the integration points of SVG and MathML, and in the head
    ("foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext", "head")
)
_BLANK: Final = "\t\n\f\r "
_BLANKS: Final = re.compile(rf"[{_BLANK}]+")
# The grammar of HTML 4.2.5.3: a time, then perhaps a separator and a URL, which "url=" and a quote may introduce.
_REFRESH: Final = re.compile(
    rf"[{_BLANK}]*(?:[0-9]++|(?=\.))[0-9.]*+(?=[;,{_BLANK}])[{_BLANK}]*+[;,]?+[{_BLANK}]*+(?P<rest>.+)", re.DOTALL
)
_REFRESH_URL: Final = re.compile(rf"url[{_BLANK}]*=[{_BLANK}]*", re.IGNORECASE)

_VOIDS: Final = frozenset(
    ("area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "wbr")
)
# Where XML and HTML differ in what a reader of tags sees (XML 1.0: 2.5, 2.6, 2.7, 3.1).
_XML_MARKUP: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[(?P<text>.*?)(?:]]>|\Z)|<\?.*?(?:\?>|\Z)"
    r"""|<(?P<name>[^\s<>/!?"'=]++)(?P<rest>(?:[^<>"'/]|"[^"]*+"|'[^']*+'|/(?!>))*+)/>""",
    re.DOTALL,
)
_XHTML_PREFIX: Final = re.compile(r"""\sxmlns:([\w.-]+)\s*=\s*["']http://www\.w3\.org/1999/xhtml["']""")


class Markup:
    """What was found, nothing resolved. `hrefs` are in document order and may repeat."""

    __slots__ = ("base_href", "hrefs", "nofollow_hrefs", "robots", "title")

    def __init__(self) -> None:
        self.title: str | None = None
        self.base_href: str | None = None
        self.hrefs: list[str] = []
        self.nofollow_hrefs: list[str] = []  # of links with rel=nofollow, where that is asked for
        self.robots: list[tuple[str, str]] = []  # name and content of each named meta element


Watcher = Callable[[str, LexborNode, Markup], None]  # told each piece, the root of its tree, and what was read so far


def read_html(
    html: str,
    octets: bytes | None = None,
    shape: Shape | None = None,
    *,
    split_nofollow: bool = False,
    watch: Watcher | None = None,
) -> Markup:
    """What a page says: a (SVG's too), area, iframe, frame, meta refresh, link rel=next/prev/canonical/alternate.

    HTML 13.2 tree construction without scripting; contents of templates are no links. 10 to 15 µs a kilobyte.
    octets: `html` in UTF-8, where it is at hand; encoding it once more would add a sixth to the parser's time. shape:
    of `html`, where it is known.
    """
    markup = Markup()
    for piece in pieces(html, octets, shape):
        source = octets if octets is not None and piece is html else piece
        root = LexborHTMLParser(source, options=_WITHOUT_EVENTS).root
        if root is not None:
            _gather(_SELECTOR.find(_WANTED, root), markup, split_nofollow)
        if watch is not None and root is not None:
            watch(piece, root, markup)
    return markup


def from_xhtml(xhtml: str) -> str:
    """The HTML with the links of an XHTML document: empty elements have end tags, CDATA sections are text, the prefix
    of the XHTML namespace is left out. What is not well-formed stays as it is."""
    if prefix := _XHTML_PREFIX.search(xhtml):
        xhtml = re.sub(rf"(</?){re.escape(prefix[1])}:", r"\1", xhtml)
    return _XML_MARKUP.sub(_as_html, xhtml)


def refresh_target(content: str) -> str | None:
    """The URL in the content of a meta refresh, or None for none (HTML 4.2.5.3)."""
    match = _REFRESH.match(content)
    if match is None:
        return None
    target = match["rest"]
    if prefix := _REFRESH_URL.match(target):
        target = target[prefix.end() :]
    elif target[0] in "uU":  # the standard leaves this path before it looks for quotes
        return target
    if target[:1] in ("'", '"'):
        target = target[1:].partition(target[0])[0]
    return target


def _gather(nodes: list[LexborNode], markup: Markup, split_nofollow: bool) -> None:
    """Takes from each node what it says. Most are links, so those are dealt with in the loop itself."""
    add, foreign = markup.hrefs.append, dict[int, bool]()
    for node in nodes:
        attributes, tag = node.attributes, node.tag
        if tag == "a" or (tag == "area" and not _is_foreign(node, foreign)):  # SVG has links of this name too
            if "href" not in attributes:  # the selector takes xlink:href for one
                continue
            if split_nofollow and "rel" in attributes and "nofollow" in _words(attributes["rel"]):
                markup.nofollow_hrefs.append(attributes["href"] or "")
            else:
                add(attributes["href"] or "")
        elif tag in _READERS:
            _READERS[tag](node, attributes, markup, foreign)


def _read_link(node: LexborNode, attributes: Attributes, markup: Markup, foreign: Foreign) -> None:
    relations = _words(attributes.get("rel"))
    followed = not _LINK_RELATIONS.isdisjoint(relations) and "stylesheet" not in relations
    if followed and "href" in attributes and not _is_foreign(node, foreign):
        markup.hrefs.append(attributes["href"] or "")


def _read_frame(node: LexborNode, attributes: Attributes, markup: Markup, foreign: Foreign) -> None:
    if (source := attributes.get("src")) and not _is_foreign(node, foreign):  # an empty one is about:blank
        markup.hrefs.append(source)


def _read_base(node: LexborNode, attributes: Attributes, markup: Markup, foreign: Foreign) -> None:
    if markup.base_href is None and "href" in attributes and not _is_foreign(node, foreign):
        markup.base_href = attributes["href"] or ""


def _read_title(node: LexborNode, _attributes: Attributes, markup: Markup, foreign: Foreign) -> None:
    if markup.title is None and not _is_foreign(node, foreign):
        markup.title = _BLANKS.sub(" ", node.text()).strip(" ")


def _read_meta(_node: LexborNode, attributes: Attributes, markup: Markup, _foreign: Foreign) -> None:
    if "content" not in attributes:  # it was taken for its href
        return
    content = attributes["content"] or ""
    if name := attributes.get("name"):
        markup.robots.append((name.strip(_BLANK).lower(), content))
    if (attributes.get("http-equiv") or "").lower() == "refresh" and (target := refresh_target(content)) is not None:
        markup.hrefs.append(target)


def _as_html(markup: re.Match[str]) -> str:
    if (text := markup["text"]) is not None:
        return escape(text)
    name = markup["name"]
    if name is None:
        return ""
    return f"<{name}{markup['rest']}>" + ("" if name in _VOIDS else f"</{name}>")


def _words(value: str | None) -> list[str]:
    return value.lower().split() if value else []


def _is_foreign(node: LexborNode, known: Foreign) -> bool:
    """Whether a node is in the SVG or MathML namespace, as its nearest telling ancestor has it.

    `known` holds the answers for this tree by parent, so that many children of a deep one cost no more than one.
    """
    path: list[int] = []
    parent, answer = node.parent, False
    while parent is not None and (tag := (parent.tag or "").lower()) not in _ALWAYS_HTML:
        if parent.mem_id in known:
            answer = known[parent.mem_id]
            break
        path.append(parent.mem_id)
        if tag in _FOREIGN:
            answer = True
            break
        parent = parent.parent
    known.update(dict.fromkeys(path, answer))
    return answer


_READERS: Final[dict[str | None, Callable[[LexborNode, Attributes, Markup, Foreign], None]]] = {
    "link": _read_link,
    "iframe": _read_frame,
    "frame": _read_frame,
    "meta": _read_meta,
    "base": _read_base,
    "title": _read_title,
}
