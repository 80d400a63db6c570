"""What the demo site has to say: its books, its journal, and greetings in awkward encodings."""

from __future__ import annotations

from typing import NamedTuple


class Book(NamedTuple):
    """One product of the shop."""

    sku: str
    title: str
    author: str
    price: str
    tags: tuple[str, ...]
    blurb: str

    @property
    def slug(self) -> str:
        """The title as it stands in the URL."""
        return _slug(self.title)


class Article(NamedTuple):
    """One entry of the journal."""

    date: str
    title: str
    text: str

    @property
    def slug(self) -> str:
        """The title as it stands in the URL."""
        return _slug(self.title)


class Greeting(NamedTuple):
    """A page in an encoding of its own, and where that encoding is declared."""

    path: str
    encoding: str  # Python's name
    declared: str  # header | meta | bom | nowhere
    title: str
    text: str


def _slug(title: str) -> str:
    return "-".join("".join(filter(str.isalnum, word)).lower() for word in title.split())


BOOKS = (
    Book("SM-001", "The Lamp Room", "Ada Fenwick", "14.50", ("fiction", "sea"), "A keeper writes down each ship."),
    Book("SM-002", "Tide Tables", "Jon Marsh", "9.00", ("poetry",), "Twelve months of water, one poem a week."),
    Book("SM-003", "Knots for Beginners", "Mo Tarr", "18.00", ("craft", "sea"), "Forty knots, drawn twice."),
    Book("SM-004", "A Field Guide to Fog", "Ines Holm", "22.40", ("nature",), "Seven kinds, and how to leave each."),
    Book("SM-005", "Letters from the Pier", "Sam Okoro", "12.00", ("letters",), "They were never meant to be sent."),
    Book("SM-006", "The Salt Cellar", "Lena Brandt", "27.90", ("cooking",), "Recipes with one ingredient in common."),
    Book("SM-007", "Small Boats", "Ravi Nair", "31.00", ("craft",), "Plans and patience for a ten-foot dinghy."),
    Book("SM-008", "The Cartographer's Cat", "Ada Fenwick", "11.25", ("children",), "It sleeps on the unknown parts."),
    Book("SM-009", "Low Water", "Jon Marsh", "9.50", ("poetry", "sea"), "The second collection."),
    Book("SM-010", "Night Ferry", "Mira Dahl", "15.75", ("fiction",), "Nine passengers and one missing car."),
    Book("SM-011", "Birds of the Breakwater", "Ines Holm", "24.00", ("nature",), "Ninety species within one mile."),
    Book("SM-012", "How to Read a Chart", "Mo Tarr", "19.80", ("craft",), "Soundings, symbols and second thoughts."),
)

ARTICLES = (
    Article("2026-01-14", "A new press on the quay", "The machine came by barge and stayed."),
    Article("2026-02-03", "Paper, salt and patience", "Why our covers curl, and why we like it."),
    Article("2026-03-21", "Reading by lamplight", "The first evening of the season was full."),
    Article("2026-04-09", "An interview with Ines Holm", "She waited eleven years for one photograph."),
    Article("2026-05-30", "Poems on the ferry", "Timetables now carry a poem on the back."),
    Article("2026-06-17", "What the printer learned", "Ink is weather too."),
)

GREETINGS = (
    Greeting(
        "/languages/russian",
        "windows-1251",
        "header",
        "Добро пожаловать",
        "Мы издаём книги о море, о маяках и о людях, которые там живут.",
    ),
    Greeting(
        "/languages/japanese",
        "shift_jis",
        "meta",
        "海辺の出版社へようこそ",
        "わたしたちは海と灯台についての本をつくっています。",
    ),
    Greeting(
        "/languages/greek",
        "utf-16",
        "bom",
        "Καλώς ήρθατε",
        "Εκδίδουμε βιβλία για τη θάλασσα και τους φάρους.",
    ),
    Greeting(
        "/languages/ukrainian",
        "koi8-u",
        "nowhere",
        "Ласкаво просимо",
        "Ця сторінка нікому не каже, у якому вона кодуванні, тож його треба вгадати з самого тексту. "
        "Ми видаємо книжки про море, про маяки і про людей, які там живуть. Приходьте до нас на набережну, "
        "беріть каву, сідайте біля вікна і читайте, скільки заманеться: у нас ніколи не поспішають.",
    ),
)
