"""Pages made to stall an HTML parser, cut into pieces that cannot."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Final, NamedTuple

# Tree construction looks through the open elements for most tags and copies every open formatting element into each new
# paragraph, so depth costs quadratic time and memory: 20,000 nested <div> take 0.6 s, 2,000 <font><p> 730 MB. Browsers
# stop at a depth of 512. A piece costs at most what is allowed here; its links are what counts, not its shape.
MAX_DEPTH: Final = 256
MAX_FORMATTING: Final = 16  # elements such as <b> open at once
MAX_NODES: Final = 100_000  # of about 600 bytes
MAX_ATTRIBUTES: Final = 1000  # of one tag; each new one is compared with all before it
FREE_TAGS: Final = 1500  # with so few "<" even the worst page takes 0.1 s and 120 MB: not looked at
FREE_BYTES: Final = 32 * 1024  # room for 11,000 attributes in one tag, which take 0.3 s: not looked at
_SAMPLE_BYTES: Final = 8192
_SAMPLE_DEPTH: Final = 16  # more than honest pages have in so few bytes
_MOST_LEFT_OPEN: Final = 0.05  # of all tags: of 100,000 tags as many as take the parser 40 ms
BLOCK: Final = 4096  # characters; within one, nesting can come and go unseen: 3 ms at worst

# The grammar of HTML 13.2.5.32 to 13.2.5.39: nothing need stand between a quoted value and the next name, a name may
# begin with "=", and a quote that is not closed reaches to the end of the page.
_BLANK: Final = r"\t\n\f\r "
_VALUE: Final = rf"""[{_BLANK}]*+=[{_BLANK}]*+(?:"[^"]*+"?+|'[^']*+'?+|[^{_BLANK}>]*+)"""
_ATTRIBUTE: Final = rf"[{_BLANK}/]*+[^{_BLANK}/>][^{_BLANK}/>=]*+(?:{_VALUE})?+"
_NAME: Final = rf"[A-Za-z][^{_BLANK}/>]*+"
_NAME_END: Final = rf"[{_BLANK}/>]"
_COMMENT: Final = r"!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>)?+)"
_BOGUS: Final = r"[!?/][^>]*+"  # comments as well, where it is none of the others (HTML 13.2.5.6, 13.2.5.7, 13.2.5.41)
_TEXT_ONLY: Final = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_TEXT_NAME: Final = rf"(?i:(?P<text>{'|'.join(_TEXT_ONLY)}))(?={_NAME_END})"
_TEXT: Final = rf"(?(text)(?:[{_BLANK}/]*+>(?:[^<]++|<(?!/(?i:(?P=text)){_NAME_END}))*+)?+)"

_TAG: Final = re.compile(rf"<(?:{_COMMENT}|(?:{_TEXT_NAME}|(?P<tag>/?{_NAME}))(?:{_ATTRIBUTE})*+{_TEXT}|{_BOGUS})")
_TAG_NAME: Final = itemgetter(1)

_VOID, _FORMATTING, _CLOSING = range(3)
_VOIDS: Final = "|area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"  # and the nameless
_CLOSED_BY: Final = {  # what a start tag ends, since those elements may go without end tags
    "p": {"p"},
    "li": {"li", "p"},
    "dt": {"dt", "dd", "p"},
    "dd": {"dt", "dd", "p"},
    "option": {"option"},
    "tr": {"tr", "td", "th", "p"},
    "td": {"td", "th", "p"},
    "th": {"td", "th", "p"},
}
_KINDS: Final = (
    dict.fromkeys(_VOIDS.split("|"), _VOID)
    | dict.fromkeys(("b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike"), _FORMATTING)
    | dict.fromkeys(("strong", "tt", "u"), _FORMATTING)
    | dict.fromkeys(_CLOSED_BY, _CLOSING)
)
_ROWS: Final = ("caption", "td", "th")
_TABLE_PARTS: Final = ("table", "tbody", "thead", "tfoot", "tr", "template", *_ROWS)
# What stops an end tag from closing anything further out, and what stops all but the end tags of blocks.
_SCOPES: Final = frozenset(
    ("applet", "html", "table", "marquee", "object", "template", "button", "svg", "math", *_ROWS, *_TEXT_ONLY)
)
_SECTIONS: Final = ("address", "article", "aside", "center", "details", "dialog", "div", "figure", "footer", "form")
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "head", "figcaption", "summary")
_LISTS: Final = ("dd", "dir", "dl", "dt", "li", "menu", "ol", "ul")
_OTHERS: Final = ("blockquote", "body", "fieldset", "frameset", "main", "nav", "p", "pre", "section")
_BLOCKS: Final = frozenset((*_SECTIONS, *_HEADINGS, *_LISTS, *_OTHERS, *_TABLE_PARTS))
_MENDABLE: Final = 16  # open elements that an end tag may close along

_SOME: Final = rf"(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+"
_CROWD: Final = re.compile(rf"<{_NAME}{_SOME}({_ATTRIBUTE})?".encode())
_WITH_REST: Final = re.compile(
    rf"<(?:{_COMMENT})|(<(?:{_TEXT_NAME}|/?{_NAME}){_SOME})(?:{_ATTRIBUTE})*+({_TEXT})|<{_BOGUS}"
)
_A_GAP: Final = 128  # what looking at one costs, in octets of attributes
_START: Final = re.compile(rb"<[A-Za-z]")
_QUOTED_END: Final = re.compile(rb"""=[\t\n\f\r ]*+(?:"[^">]*+>|'[^'>]*+>)""")


class Shape(NamedTuple):
    """What the tags of a page tell without parsing it: their number, and by how many start tags are at most ahead of
    end tags, and behind them, at the end of any block. With up to FREE_TAGS tags those two are not looked at. crowds:
    see `has_crowds`."""

    tags: int
    ahead: int = 0
    behind: int = 0
    crowds: bool = False


def shape_of(octets: bytes) -> Shape:
    """The shape of a page whose encoding writes "<" and "/" as ASCII does.

    0.7 µs a kilobyte, 2.5 beyond FREE_TAGS, and 3 more beyond FREE_BYTES. (End tags that close nothing, in step with
    the start tags, deceive it: `leaves_open`.)
    """
    count, blocks = octets.count, range(0, len(octets), BLOCK)
    if len(octets) <= FREE_BYTES and (total := count(b"<")) <= FREE_TAGS:
        return Shape(total)
    crowds = has_crowds(octets)
    tags = [count(b"<", start, start + BLOCK) for start in blocks]
    if (total := sum(tags)) <= FREE_TAGS:
        return Shape(total, crowds=crowds)
    balance = most = least = 0
    for start, number in zip(blocks, tags, strict=True):
        balance += number - 2 * count(b"</", start, start + BLOCK)
        if balance > most:
            most = balance
        elif balance < least:
            least = balance
    return Shape(total, most, -least, crowds)


def leaves_open(octets: bytes) -> bool:
    """Whether many tags open what none closes, in a page of many times _SAMPLE_BYTES. Where a page has end tags that
    close nothing, its shape does not tell. Followed is an eighth of it, at places that nobody can foresee, so that no
    page can be made to hide what it does: 2 µs a kilobyte.
    """
    tags = cuts = 0
    for _ in range(len(octets) // (8 * _SAMPLE_BYTES)):
        start = random.randrange(len(octets) - _SAMPLE_BYTES)
        names = list(map(_TAG_NAME, _TAG.findall(octets[start : start + _SAMPLE_BYTES].decode("latin-1"))))
        tags += len(names)
        cuts += sum(1 for _ in _cuts(names, _SAMPLE_DEPTH))
    return cuts * _SAMPLE_DEPTH > tags * _MOST_LEFT_OPEN


def pieces(html: str, octets: bytes | None = None, shape: Shape | None = None) -> Iterator[str]:
    """`html` itself, or, where its nesting would stall the parser, parts of it that can be parsed one by one.

    octets: `html` in UTF-8, where it is at hand. shape: of `html`, where it is known already. Cost: a tenth of what
    parsing costs up to FREE_TAGS tags, a quarter beyond, thrice that for a suspect.
    """
    markup = html.encode("utf-8", "surrogatepass") if octets is None else octets
    shape = shape or shape_of(markup)
    if shape.crowds:
        html = _WITH_REST.sub(_without_rest, html)
    start, done = 0, 0
    if _is_suspect(shape):
        tags = _TAG.finditer(html)
        for cut in _cuts(map(_TAG_NAME, _TAG.findall(html))):
            end = next(islice(tags, cut - done, None)).start()
            yield html[start:end]
            start, done = end, cut + 1
    yield html[start:] if start else html


def _is_suspect(shape: Shape) -> bool:
    """Whether start tags run ahead of end tags anywhere, or there are too many of both."""
    return shape.ahead > MAX_DEPTH or shape.tags > 2 * MAX_NODES


def has_crowds(octets: bytes) -> bool:
    """Whether anything looks like a tag with more than MAX_ATTRIBUTES attributes, and so many that it matters; also in
    comments and scripts, since what is one depends on more than can be seen here, such as SVG around it.

    3 µs a kilobyte beyond FREE_BYTES.
    """
    if len(octets) <= FREE_BYTES:
        return False
    if b"\0" in octets or b"\x1b" in octets:  # UTF-16 or ISO-2022-JP, which write ">" otherwise
        return True
    left = 4 * len(octets)  # to look at: many starts of what looks like the same tag are as bad as a crowd
    for first, end in _gaps(octets):
        left -= _A_GAP
        if left < 0:
            return True
        for start in _START.finditer(octets, first, end):
            tag = _CROWD.match(octets, start.start())
            left -= tag.end() - tag.start() if tag else 0
            if left < 0 or (tag and tag[1] is not None):
                return True
    return False


def _gaps(octets: bytes) -> Iterator[tuple[int, int]]:
    """The stretches between two ">" in which a crowd would begin: long enough for one, or the ">" at the end stands in
    quotes and ends no tag."""
    stretch, done = 2 * MAX_ATTRIBUTES, 0
    for start in range(0, len(octets) - stretch, stretch):
        if octets.find(b">", start, start + stretch) < 0 and start >= done:
            end = octets.find(b">", start + stretch)
            done = end if end >= 0 else len(octets)
            yield octets.rfind(b">", 0, start) + 1, done
    for quoted in _QUOTED_END.finditer(octets):
        yield octets.rfind(b">", 0, quoted.start()) + 1, quoted.end()


def _without_rest(markup: re.Match[str]) -> str:
    """A tag with its first MAX_ATTRIBUTES attributes; a comment, and the text of a script, as they are."""
    return markup[0] if markup[1] is None else markup[1] + markup[3]


def _cuts(tags: Iterable[str], most: int = MAX_DEPTH) -> Iterator[int]:
    """The numbers of the tags before which to cut. The open elements are followed roughly, rather too many than too
    few of them; an empty tag stands for a comment or the like. most: elements open at once."""
    opened: list[str] = []
    formatting: list[str] = []
    nodes = 0
    for number, tag in enumerate(map(str.lower, tags)):
        if tag[:1] == "/":
            name = tag[1:]
            if opened and opened[-1] == name:
                opened.pop()
            else:
                _close(name, opened)
            if formatting and name in formatting:
                formatting.remove(name)
            continue
        kind = _KINDS.get(tag)
        nodes += 1 + len(formatting)
        if len(opened) >= most or len(formatting) >= MAX_FORMATTING or nodes > MAX_NODES:
            yield number
            opened.clear()
            formatting.clear()
            nodes = 1
        if kind == _CLOSING:
            while opened and opened[-1] in _CLOSED_BY[tag]:
                opened.pop()
        if kind != _VOID:
            opened.append(tag)
        if kind == _FORMATTING:
            formatting.append(tag)


def _close(name: str, opened: list[str]) -> None:
    """Takes away what an end tag closes that does not match the innermost element, if the parser would close it."""
    scopes = ("table", "template") if name in _TABLE_PARTS else _SCOPES
    through_blocks = name in _BLOCKS or name in _SCOPES
    for count in range(1, min(len(opened), _MENDABLE) + 1):
        if opened[-count] == name:
            del opened[-count:]
            return
        if opened[-count] in scopes or (opened[-count] in _BLOCKS and not through_blocks):
            return
