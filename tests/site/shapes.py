"""Sites of real-life shape, a shop, a JSON API with cursors and a blog, and what is true of each part of them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs

from tests.site.pages import page
from tests.site.wire import Answer, Asked

PRODUCTS = 500
PER_CATEGORY_PAGE = 20
ITEMS = 230
PER_API_PAGE = 25
POSTS = 57
PER_BLOG_PAGE = 5
JSON = "application/json"


def product(number: int) -> dict[str, Any]:
    """What is true of a product: 1 … PRODUCTS."""
    variants = [
        {
            "sku": f"P{number:03}-{size}",
            "size": size,
            "price": 10 * number + 5 * place + 0.5,
            "in_stock": (number + place) % 3 > 0,
        }
        for place, size in enumerate(("S", "M", "L", "XL")[: number % 4 + 1])
    ]
    return {
        "sku": f"P{number:03}",
        "name": f"Lamp № {number} “North & South”",
        "price": 10 * number + 0.5,
        "currency": ("EUR", "USD")[number % 2],
        "rating": None if number % 10 == 0 else 1 + number % 5,
        "image": f"/shop/images/{number}.jpg",
        "tags": [tag for tag, step in (("new", 2), ("sale", 3), ("eco", 5)) if number % step == 0],
        "released": (date(2026, 1, 1) + timedelta(days=number)).isoformat(),
        "description": f"A lamp for room {number}.\nIt shines, and it lasts.",
        "variants": variants,
    }


@page("shop")
def shop(asked: Asked) -> Answer:
    """/shop/category/N: a page of a list; /shop/product/N; all else is what a crawl should leave alone."""
    if asked.segments[1] == "category":
        return Answer(_category(int(asked.segments[2])))
    if asked.segments[1] == "product":
        return Answer(_product(product(int(asked.segments[2])), int(asked.segments[2])))
    return Answer(b"<title>Not for crawlers</title>", status=404)


def _category(number: int) -> bytes:
    first = (number - 1) * PER_CATEGORY_PAGE + 1
    listed = range(first, min(first + PER_CATEGORY_PAGE, PRODUCTS + 1))
    cards = "".join(
        f'<div class="product"><a href="../product/{one}"><h2>{product(one)["name"]}</h2></a>'
        f'<a class="wish" rel="nofollow" href="/shop/wishlist?add={one}">♡</a></div>'
        for one in listed
    )
    is_last = listed.stop > PRODUCTS
    following = "" if is_last else f'<a class="next" href="/shop/category/{number + 1}">next</a>'
    noise = "".join(f'<a href="/shop/category/{number}?sort={sort}">{sort}</a>' for sort in ("price", "name", "new"))
    return f"<!doctype html><title>Lamps, page {number}</title>{noise}<main>{cards}</main>{following}".encode()


def _product(known: dict[str, Any], number: int) -> bytes:
    offer = {"@type": "Offer", "price": f"{known['price']:.2f}", "priceCurrency": known["currency"]}
    described = {"@context": "https://schema.org", "@graph": [_crumbs(), _in_json_ld(known, offer)]}
    sign = {"EUR": "{} €", "USD": "${}"}[known["currency"]]
    price = f"{known['price']:,.2f}"
    if known["currency"] == "EUR":
        price = price.translate(str.maketrans(",.", ".,"))
    rating = f'<span class="stars" data-rating="{known["rating"]}"></span>' if known["rating"] else ""
    tags = "".join(f'<a class="tag" href="/shop/tag/{tag}">{tag}</a>' for tag in known["tags"])
    rows = "".join(
        f'<tr class="variant" data-sku="{one["sku"]}"><td class="size">{one["size"]}</td>'
        f'<td class="price">{one["price"]:,.2f}</td><td class="stock">{"yes" if one["in_stock"] else "no"}</td></tr>'
        for one in known["variants"]
    )
    paragraphs = "".join(f"<p>{line}</p>" for line in known["description"].splitlines())
    return f"""<!doctype html><html><head><base href="/shop/"><title>{known["name"]} – Shop</title>
<meta property="og:title" content="{known["name"]}"><script type="application/ld+json">{json.dumps(described)}</script>
</head><body><nav><a href="/shop/cart">Cart</a><a href="/shop/login">Log in</a></nav>
<h1>{known["name"].replace("&", "&amp;")}</h1><p class="price">{sign.format(price)}</p>{rating}
<img class="hero" src="images/{number}.jpg"><div class="tags">{tags}</div>
<time>{date.fromisoformat(known["released"]):%B %d, %Y}</time><div class="description">{paragraphs}</div>
<table><tr><th>Size</th><th>Price</th><th>Stock</th></tr>{rows}</table>
<a class="related" href="product/{number % PRODUCTS + 1}">Related</a></body></html>""".encode()


def _crumbs() -> dict[str, Any]:
    return {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "position": 1, "name": "Lamps"}]}


def _in_json_ld(known: dict[str, Any], offer: dict[str, Any]) -> dict[str, Any]:
    return {"@type": ["Product", "Thing"], "sku": known["sku"], "name": known["name"], "offers": [offer]}


def item(number: int) -> dict[str, Any]:
    """What the API says of an item: 1 … ITEMS."""
    return {
        "id": number,
        "name": f"Item {number} — ünïcode",
        "price": {"amount": f"{number * 1.25:.2f}", "currency": "EUR"},
        "tags": [f"t{number % 3}", f"t{number % 7}"],
        "active": number % 4 != 0,
        "created": 1_770_000_000 + number * 86_400,
        "owner": None if number % 9 == 0 else {"name": f"Owner {number % 5}"},
        "links": {"self": f"/api/items/{number}"},
    }


@page("api")
def api(asked: Asked) -> Answer:
    """/api/items?cursor=…: a page of the list, the next one behind an opaque cursor; /api/items/N: one item."""
    if len(asked.segments) == 3:
        return _as_json(item(int(asked.segments[2])) | {"detail": True}, "application/vnd.test+json; charset=utf-8")
    cursors = {cursor(start): start for start in range(0, ITEMS, PER_API_PAGE)}
    start = cursors[parse_qs(asked.query)["cursor"][0]] if asked.query else 0
    following = start + PER_API_PAGE
    return _as_json(
        {
            "items": [item(number + 1) for number in range(start, min(following, ITEMS))],
            "next": f"/api/items?cursor={cursor(following)}" if following < ITEMS else None,
        }
    )


def cursor(start: int) -> str:
    """The opaque name of the page that begins behind `start` items."""
    return urlsafe_b64encode(f"after={start}".encode()).decode().rstrip("=")


def _as_json(value: Any, content_type: str = JSON) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode(), content_type=content_type)


def post(number: int) -> dict[str, Any]:
    """What is true of a post: 1 … POSTS, the newest first."""
    return {
        "title": f"Post {number}: sails & lights",
        "author": f"Author {number % 4}",
        "published": (date(2026, 6, 30) - timedelta(days=number)).isoformat() + "T09:30:00+02:00",
        "tags": [f"tag-{number % 3}"],
        "paragraphs": [
            f"This is what was thought on day {number}, and it is long enough to be taken for the text of an article.",
            f"A second paragraph of post {number} tells of the sea, about lighthouses, and about ships at night.",
        ],
        "comments": number % 4,
    }


@page("blog")
def blog(asked: Asked) -> Answer:
    """/blog/ and /blog/page/N: lists; /blog/post/N: posts; archives and comments are ways to the same posts again."""
    if asked.segments[1] == "post":
        return Answer(_post(post(int(asked.segments[2]))))
    if asked.segments[1] in ("", "page"):
        return Answer(_posts(1 if asked.segments[1] == "" else int(asked.segments[2])))
    return Answer(b"<title>Not for crawlers</title>", status=404)


def _posts(number: int) -> bytes:
    first = (number - 1) * PER_BLOG_PAGE + 1
    listed = range(first, min(first + PER_BLOG_PAGE, POSTS + 1))
    articles = "".join(
        f'<article><h2><a href="/blog/post/{one}">{post(one)["title"].replace("&", "&amp;")}</a></h2>'
        f'<a href="/blog/post/{one}#comments">comments</a></article>'
        for one in listed
    )
    older = f'<nav class="pages"><a rel="next" href="/blog/page/{number + 1}">Older</a></nav>'
    archive = '<aside><a href="/blog/archive/2026">2026</a><a href="/blog/feed">Feed</a></aside>'
    return f"<!doctype html><title>Blog</title>{articles}{archive}{older if listed.stop <= POSTS else ''}".encode()


def _post(known: dict[str, Any]) -> bytes:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in known["paragraphs"])
    comments = "".join(
        f'<li class="comment"><b class="by">Reader {place}</b><p>Comment {place}</p></li>'
        for place in range(known["comments"])
    )
    tags = "".join(f'<a rel="tag" href="/blog/tag/{tag}">{tag}</a>' for tag in known["tags"])
    title = known["title"].replace("&", "&amp;")
    return f"""<!doctype html><html><head><title>{title} | Blog</title><meta name="author" content="{known["author"]}">
<meta property="article:published_time" content="{known["published"]}"></head>
<body><nav><a href="/blog/">Home</a><a href="/blog/archive/2026">Archive</a></nav>
<article><h1>{title}</h1><div class="body">{paragraphs}</div><footer>{tags}</footer></article>
<section id="comments"><ul>{comments}</ul></section><script>track("page")</script></body></html>""".encode()
