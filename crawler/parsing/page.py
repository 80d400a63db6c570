"""A response decoded: media type, encoding, title and links of a page."""

from __future__ import annotations

from typing import Final

from crawler.core.visit import Page, Response
from crawler.parsing.charset import decode
from crawler.parsing.html import from_xhtml, read_html
from crawler.parsing.links import LinkSet, base_of, forbids_following, header_hrefs
from crawler.parsing.media import HTML_TYPES, content_type_of, media_type_of, sniffed_type

NO_TOKEN: Final = ""
_REPLACEMENT: Final = "\ufffd"  # for octets that are no UTF-8


def read_page(
    response: Response,
    *,
    max_links: int | None = None,
    want_text: bool = False,
    obey_nofollow: bool = True,
    product_token: str = NO_TOKEN,
) -> Page:
    """What is on the page that `response` brought; anything but HTML has only its media type.

    `max_links`: the rest is counted as refused, `max_links_per_page`. `obey_nofollow`: links that only elements with
    rel=nofollow have, and all of a page that forbids following (to everybody or to `product_token`), are among the
    links but not among those to follow; they count as refused, `nofollow`. Pure and CPU-bound: about 15 µs a kilobyte,
    so a page of megabytes is better read in another thread.
    """
    field = content_type_of(response.headers)
    media_type = media_type_of(field) or sniffed_type(response.body, response.headers)
    if media_type not in HTML_TYPES or not response.body:
        return Page(content_type=media_type)
    is_html = media_type == "text/html"
    text, charset, source = decode(response.body, field, is_html=is_html)
    is_as_sent = is_html and charset == "UTF-8" and source != "bom" and _REPLACEMENT not in text
    octets = response.body if is_as_sent else None
    markup = read_html(text if is_html else from_xhtml(text), octets, split_nofollow=obey_nofollow)
    links, base = LinkSet(max_links), base_of(response.url, markup.base_href, charset)
    if fields := response.headers.all("link"):
        links.add(header_hrefs(fields), base_of(response.url, None))
    links.add(markup.hrefs, base, charset)
    found = follow = tuple(links.urls)
    if obey_nofollow and forbids_following(markup.robots, response.headers.all("x-robots-tag"), product_token):
        follow = ()
    if markup.nofollow_hrefs:
        links.add(markup.nofollow_hrefs, base, charset)
        found = tuple(links.urls)
    if len(found) > len(follow):
        links.refused["nofollow"] += len(found) - len(follow)
    return Page(
        content_type=media_type,
        charset=charset,
        charset_source=source,
        title=markup.title or None,
        links=found,
        follow=follow,
        refused=links.refused,
        text=text if want_text else None,
    )
