"""The demo site's pages: HTML, robots.txt and sitemap, made from its content."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from crawler.cli.demo_site.content import ARTICLES, BOOKS, GREETINGS, Article, Book, Greeting

_BOOKS_PER_LISTING = 6
_CATALOGUE_ROWS = 3000

_LAYOUT = """<!doctype html>
<html lang="en">
<head>{meta}<title>{title}</title></head>
<body>
<nav><a href="/">Home</a> <a href="/books/">Books</a> <a href="/journal/">Journal</a> <a href="/about">About</a></nav>
<main>
<h1>{title}</h1>
{main}
</main>
<footer><a href="/contact">Contact</a> · <a href="/">Saltmarsh Press</a></footer>
</body>
</html>
"""


class Page(NamedTuple):
    """One answer of the site."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    content_encoding: str | None = None


def html(title: str, main: str, *, meta: str = '<meta charset="utf-8">') -> str:
    """A page of the site in its common layout; `main` is HTML."""
    return _LAYOUT.format(title=escape(title), main=main, meta=meta)


def paragraph(text: str) -> str:
    """One paragraph of plain text as HTML."""
    return f"<p>{escape(text)}</p>\n"


def links(targets: Iterable[tuple[str, str]]) -> str:
    """A list of links, from pairs of URL and text."""
    items = "".join(f'<li><a href="{escape(url)}">{escape(text)}</a></li>\n' for url, text in targets)
    return f"<ul>\n{items}</ul>\n"


def all_pages(base_url: str) -> dict[str, Page]:
    """Every page that is the same at each visit, by path and query."""
    pages = {path: Page(text.encode()) for path, text in {**_front(), **_shop(), **_journal(), **_odd()}.items()}
    pages |= {greeting.path: _encoded(greeting) for greeting in GREETINGS}
    pages["/press-kit"] = Page(gzip.compress(_press_kit().encode(), mtime=0), content_encoding="gzip")
    pages["/price-list.csv"] = Page(_price_list().encode(), "text/csv; charset=utf-8")
    pages["/robots.txt"] = Page(_robots(base_url).encode(), "text/plain; charset=utf-8")
    pages["/sitemap.xml"] = Page(_sitemap(base_url).encode(), "application/xml")
    return pages


def month(year: int, number: int) -> str:
    """One month of a calendar that goes on for ever."""
    year, number = year + (number - 1) // 12, (number - 1) % 12 + 1
    following = f"/events/{year + number // 12}/{number % 12 + 1}"
    return html(f"Events in {year}-{number:02}", paragraph("Reading at eight.") + links([(following, "Next month")]))


def _front() -> dict[str, str]:
    sections = [
        ("/books/", "All our books"),
        ("/books/", "Books (the same link again)"),
        ("/journal/", "The journal"),
        ("/languages/", "Visitors from abroad"),
        ("/events/2026/1", "Events"),
        ("/corners/", "Odd corners of this site"),
        ("/private/ledger", "The ledger (robots.txt keeps it private)"),
    ]
    return {
        "/": html("Saltmarsh Press", paragraph("A small publisher by the sea.") + links(sections)),
        "/about": html("About us", paragraph("Three people, one press.") + links([("/about/team", "Team")])),
        "/about/team": html("The team", paragraph("Ada prints, Mo binds, Ines walks the dog.")),
        "/contact": html("Contact", paragraph("Knock twice; the bell is for the tide.")),
        "/private/ledger": html("The ledger", paragraph("If a crawler reads this line, it has ignored robots.txt.")),
        "/hidden-cove": html("The hidden cove", paragraph("No page links here: only the sitemap knows.")),
        "/languages/": html("Languages", links((greeting.path, greeting.path[11:].title()) for greeting in GREETINGS)),
    }


def _shop() -> dict[str, str]:
    shelves = [BOOKS[start : start + _BOOKS_PER_LISTING] for start in range(0, len(BOOKS), _BOOKS_PER_LISTING)]
    listings = {_shelf_path(number): _shelf(number, books, len(shelves)) for number, books in enumerate(shelves, 1)}
    return listings | {f"/books/{book.slug}": _book(book) for book in BOOKS}


def _shelf_path(number: int) -> str:
    return "/books/" if number == 1 else f"/books/?page={number}"


def _shelf(number: int, books: Iterable[Book], shelves: int) -> str:
    main = links((f"/books/{book.slug}", f"{book.title}, {book.author}") for book in books)
    if number < shelves:
        main += f'<a rel="next" href="?page={number + 1}">Next page</a>\n'
    return html(f"Books, page {number}", main)


def _book(book: Book) -> str:
    tags = "".join(f'<span class="tag">{escape(tag)}</span> ' for tag in book.tags)
    main = (
        f'<article data-sku="{book.sku}"><img class="hero" alt="" src="/covers/{book.slug}.jpg">\n'
        f'<p class="author">{escape(book.author)}</p>\n<p class="price">€ {book.price}</p>\n<p>{tags}</p>\n'
        f"{paragraph(book.blurb)}</article>\n"
    )
    return html(book.title, main)


def _journal() -> dict[str, str]:
    pages = {f"/journal/{entry.slug}": _article(entry, following) for entry, following in _with_next(ARTICLES)}
    return pages | {"/journal/": html("Journal", links((f"/journal/{entry.slug}", entry.title) for entry in ARTICLES))}


def _with_next(entries: tuple[Article, ...]) -> Iterable[tuple[Article, Article]]:
    return zip(entries, entries[1:] + entries[:1], strict=True)


def _article(entry: Article, following: Article) -> str:
    main = f"<time>{entry.date}</time>\n" + paragraph(entry.text) + links([(following.slug, following.title)])
    return html(entry.title, main)


def _odd() -> dict[str, str]:
    corners = [
        ("/slow", "A page that takes its time"),
        ("/flaky", "A page that fails at first"),
        ("/out-of-print", "A link that leads nowhere"),
        ("/old-shop", "The shop's old address"),
        ("/moved/1", "Moved, and moved again"),
        ("/partner", "A redirect to somebody else's site"),
        ("/catalogue", "A large page"),
        ("/press-kit", "A compressed page"),
        ("/price-list.csv", "A file that is no page"),
    ]
    sponsored = '<p><a rel="nofollow" href="http://sponsor.example/">Our sponsor</a></p>\n'
    return {"/corners/": html("Odd corners", links(corners) + sponsored), "/catalogue": _catalogue()}


def _catalogue() -> str:
    rows = "".join(f"<tr><td>{number}</td><td>Postcard no. {number}</td></tr>\n" for number in range(_CATALOGUE_ROWS))
    return html("The complete catalogue", f"<table>\n{rows}</table>\n")


def _press_kit() -> str:
    return html("Press kit", paragraph("Everything about us, compressed.") * 50)


def _price_list() -> str:
    return "sku,title,price\n" + "".join(f'{book.sku},"{book.title}",{book.price}\n' for book in BOOKS)


def _encoded(greeting: Greeting) -> Page:
    meta = f'<meta charset="{greeting.encoding}">' if greeting.declared == "meta" else ""
    text = html(greeting.title, paragraph(greeting.text), meta=meta).replace("·", "-")
    declared = f"; charset={greeting.encoding}" if greeting.declared == "header" else ""
    return Page(text.encode(greeting.encoding), f"text/html{declared}")


def _robots(base_url: str) -> str:
    return f"User-agent: *\nDisallow: /private/\n\nSitemap: {base_url}sitemap.xml\n"


def _sitemap(base_url: str) -> str:
    paths = ["", "books/", "journal/", "hidden-cove"]
    entries = "".join(f"<url><loc>{base_url}{path}</loc></url>\n" for path in paths)
    return f'<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
