"""A response decoded: media type, encoding, title and links of a page, and what else is asked of it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from selectolax.lexbor import LexborNode

from crawler.core.ports import PageRules, Reading
from crawler.core.url import Base
from crawler.core.visit import Document, Page, Response
from crawler.parsing.charset import decode
from crawler.parsing.html import Markup, Watcher, from_xhtml, read_html
from crawler.parsing.links import LinkSet, base_of, forbids_following, header_hrefs
from crawler.parsing.media import HTML_TYPES, content_type_of, is_json, media_type_of, sniffed_type
from crawler.parsing.nesting import Shape

NO_TOKEN: Final = ""
_REPLACEMENT: Final = "\ufffd"  # for octets that are no UTF-8


def read_page(
    response: Response,
    *,
    max_links: int | None = None,
    want_text: bool = False,
    obey_nofollow: bool = True,
    product_token: str = NO_TOKEN,
    rules: PageRules | None = None,
    shape: Shape | None = None,
) -> Page:
    """What is on the page that `response` brought; anything but HTML has only its media type, and JSON what `rules` ask
    of it.

    `max_links`: the rest is counted as refused, `max_links_per_page`. `obey_nofollow`: links that only elements with
    rel=nofollow have, and all of a page that forbids following (to everybody or to `product_token`), are among the
    links but not among those to follow; they count as refused, `nofollow`. `shape`: of the body, where it is known.
    Pure and CPU-bound: about 15 µs a kilobyte, so a page of megabytes is better read in another thread.
    """
    field = content_type_of(response.headers)
    media_type = media_type_of(field) or sniffed_type(response.body, response.headers)
    if media_type not in HTML_TYPES or not response.body:
        return _read_json(response, media_type, rules, max_links, product_token if obey_nofollow else None)
    is_html = media_type == "text/html"
    text, charset, source = decode(response.body, field, is_html=is_html)
    is_as_sent = is_html and charset == "UTF-8" and source != "bom" and _REPLACEMENT not in text
    reading = rules.reading(response.url) if rules is not None else None
    html = text if is_html else from_xhtml(text)
    markup = read_html(
        html,
        response.body if is_as_sent else None,
        shape if is_as_sent else None,
        split_nofollow=obey_nofollow,
        watch=_watcher(reading, response.url, charset, len(html)),
    )
    links, base = LinkSet(max_links), base_of(response.url, markup.base_href, charset)
    if fields := response.headers.all("link"):
        links.add(header_hrefs(fields), base_of(response.url, None))
    links.add(markup.hrefs, base, charset)
    is_closed = obey_nofollow and forbids_following(markup.robots, response.headers.all("x-robots-tag"), product_token)
    found = tuple(links.urls)
    follow = () if is_closed else found
    if markup.nofollow_hrefs:
        links.add(markup.nofollow_hrefs, base, charset)
        found = tuple(links.urls)
    if len(found) > len(follow):
        links.refused["nofollow"] += len(found) - len(follow)
    page = Page(
        content_type=media_type,
        charset=charset,
        charset_source=source,
        title=markup.title or None,
        links=found,
        follow=follow,
        refused=links.refused,
        text=text if want_text else None,
    )
    return page if reading is None else _with_taken(page, reading, base, None if is_closed else LinkSet(max_links))


def _watcher(reading: Reading | None, url: str, charset: str, characters: int) -> Watcher | None:
    """What shows `reading` each piece of the page at `url`, whose markup has so many characters."""
    if reading is None:
        return None

    def watch(piece: str, root: LexborNode, markup: Markup) -> None:
        base = base_of(url, markup.base_href, charset)
        reading.look_at(Document(url, piece, base, root, page_characters=characters))

    return watch


def _with_taken(page: Page, reading: Reading, base: Base, chosen: LinkSet | None) -> Page:
    """`page` with what was taken from it. Where rules say which links to follow, those alone are followed, and none
    that the page forbids; the others count as refused, `follow`. chosen: None if it forbids all."""
    taken = reading.result()
    if taken.hrefs is None or chosen is None:
        return page._replace(taken=taken)
    chosen.add(taken.hrefs, base, page.charset or "UTF-8")
    forbidden = set(page.links).difference(page.follow)
    follow = tuple(url for url in chosen.urls if url not in forbidden)
    refused = Counter(page.refused)
    if left := len(set(page.follow).difference(follow)):
        refused["follow"] += left
    return page._replace(taken=taken, follow=follow, refused=refused)


def _read_json(
    response: Response, media_type: str | None, rules: PageRules | None, max_links: int | None, token: str | None
) -> Page:
    """A body that is not HTML: of JSON, what is asked of it; the references that rules choose are its links. token:
    whose robots rules are heeded, None for nobody's."""
    page = Page(content_type=media_type)
    if rules is None or not (rules.reads_json and is_json(media_type) and response.body):
        return page
    reading = rules.reading(response.url)
    if reading is None:
        return page
    text, charset, source = decode(response.body, content_type_of(response.headers), is_html=False)
    base, links = base_of(response.url, None), LinkSet(max_links)
    reading.look_at(Document(response.url, text, base))
    taken = reading.result()
    links.add(taken.hrefs or (), base)
    follow = tuple(links.urls)
    if token is not None and follow and forbids_following((), response.headers.all("x-robots-tag"), token):
        links.refused["nofollow"] += len(follow)
        follow = ()
    return page._replace(
        charset=charset,
        charset_source=source,
        links=tuple(links.urls),
        follow=follow,
        refused=links.refused,
        taken=taken,
    )
