"""Sites of real-life shape, taken apart by YAML alone: every value is compared with what is true."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.crawls.running import Crawl, path_of, sections_of
from tests.site import Answer, Nginx, Site
from tests.site.nginx import DOCS
from tests.site.shapes import (
    ITEMS,
    PER_API_PAGE,
    PER_BLOG_PAGE,
    PER_CATEGORY_PAGE,
    POSTS,
    PRODUCTS,
    item,
    post,
    product,
)

MakeCrawl = Callable[..., Crawl]
ROOT = Path(__file__).parents[2]


def test_a_paginated_shop(crawl: MakeCrawl, site: Site) -> None:
    shop = crawl(**sections_of("shop.yaml", seeds=[site.url("/shop/category/1")]))
    assert shop.run().exit_code == 0
    records = shop.by_path()
    lists = [f"/shop/category/{number + 1}" for number in range(PRODUCTS // PER_CATEGORY_PAGE)]
    assert records.keys() == {*lists, *(f"/shop/product/{number + 1}" for number in range(PRODUCTS))}
    assert [records[path]["data"] for path in lists] == [{}] * len(lists)
    for number in range(1, PRODUCTS + 1):
        known = product(number)
        assert records[f"/shop/product/{number}"]["data"] == {
            "number": number,
            "name": known["name"],
            "price": known["price"],
            "offer": known["price"],
            "currency": known["currency"],
            "rating": known["rating"],
            "image": site.url(known["image"]),
            "tags": known["tags"],
            "released": known["released"],
            "description": known["description"].replace("\n", "\n\n"),
            "variants": known["variants"],
        }
    assert shop.summary()["missing_fields"] == {}
    assert shop.summary()["refused"]["follow"] > PRODUCTS


def test_a_json_api_with_cursors(crawl: MakeCrawl, site: Site) -> None:
    api = crawl(**sections_of("json-api.yaml", seeds=[site.url("/api/items")]))
    assert api.run().exit_code == 0
    records = api.by_path()
    pages = [record for path, record in records.items() if not path.startswith("/api/items/")]
    assert len(pages) == -(-ITEMS // PER_API_PAGE)
    assert len(records) == len(pages) + ITEMS
    listed = sorted((one for record in pages for one in record["data"]["items"]), key=lambda one: one["id"])
    assert listed == [_listed(item(number + 1)) for number in range(ITEMS)]
    for number in range(1, ITEMS + 1):
        record, known = records[f"/api/items/{number}"], item(number)
        assert record["data"] == {
            "id": number,
            "name": known["name"],
            "active": known["active"],
            "first_tag": known["tags"][0],
            "all_tags": " ".join(known["tags"]),
        }
        assert (record["content_type"], record["charset"]) == ("application/vnd.test+json", "UTF-8")
    first = records["/api/items"]
    assert (first["content_type"], first["links"], first["charset_source"]) == (
        "application/json",
        PER_API_PAGE + 1,
        "default",
    )
    assert all(hit.headers["accept"] == "application/json" for hit in site.hits("/api/"))


def _listed(known: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": known["id"],
        "name": known["name"],
        "price": float(known["price"]["amount"]),
        "tags": known["tags"],
        "created": datetime.fromtimestamp(known["created"], UTC).date().isoformat(),
        "owner": (known["owner"] or {"name": "nobody"})["name"],
    }


def test_a_blog_with_pagination_and_its_articles_as_markdown(crawl: MakeCrawl, site: Site) -> None:
    blog = crawl(**sections_of("blog.yaml", seeds=[site.url("/blog/")]))
    assert blog.run().exit_code == 0
    records = blog.by_path()
    lists = -(-POSTS // PER_BLOG_PAGE)
    paths = {"/blog/", *(f"/blog/page/{number}" for number in range(2, lists + 1))}
    assert records.keys() == paths | {f"/blog/post/{number + 1}" for number in range(POSTS)}
    for number in range(1, POSTS + 1):
        record, known = records[f"/blog/post/{number}"], post(number)
        comments = [{"by": f"Reader {place}", "text": f"Comment {place}"} for place in range(known["comments"])]
        assert record["data"] == {
            **{key: known[key] for key in ("title", "author", "published", "tags", "paragraphs")},
            "comments": comments,
        }
        assert record["body"].startswith(f"# {known['title']}")
        assert all(paragraph in record["body"] for paragraph in known["paragraphs"])
        assert "Archive" not in record["body"]
        assert "track(" not in record["body"]


class Reference(HTMLParser):
    """What the standard library sees of a Sphinx page: code blocks, and headings of the main part."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.code = 0
        self.headings = 0
        self._is_code = False
        self.feed(text[text.index('role="main"') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div":
            self._is_code = "highlight" in (dict(attrs).get("class") or "").split()
        self.code += tag == "pre" and self._is_code
        self.headings += tag in ("h1", "h2", "h3", "h4")

    def handle_endtag(self, tag: str) -> None:
        self._is_code = self._is_code and tag != "div"


def reference(path: Path) -> tuple[int, int]:
    """Code blocks and headings of a page."""
    main = path.read_text(encoding="utf-8").partition('class="sphinxsidebar"')[0]
    seen = Reference(main)
    return seen.code, seen.headings


@pytest.fixture(scope="module")
def documentation(docs: Nginx, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """The Python documentation, crawled as docs-site.yaml says."""
    site = Crawl(tmp_path_factory.mktemp("docs"), **sections_of("docs-site.yaml", seeds=[docs.url("/python/")]))
    assert site.run(timeout_s=300).exit_code == 0
    return site


def test_a_documentation_site_has_the_headings_and_code_blocks_that_its_pages_have(documentation: Crawl) -> None:
    compared = 0
    for path, record in documentation.by_path().items():
        file = DOCS["python"] / path.removeprefix("/python/").partition("?")[0]
        if not record["ok"] or record["content_type"] != "text/html" or file.suffix != ".html":
            continue
        code, headings = reference(file)
        data = record["data"]
        assert (len(data["code"]), len(data["headings"])) == (code, headings), path
        assert data["title"] is None or not data["title"].endswith("¶")
        compared += 1
    assert compared > 400


def test_a_documentation_site_loads_in_duckdb_with_the_right_counts(documentation: Crawl) -> None:
    how_to = (ROOT / "docs/how-to/documentation-site.md").read_text(encoding="utf-8")
    sql = (
        how_to.partition("```sql\n")[2].partition("```")[0].replace("docs.jsonl", f"{documentation.folder}/pages.jsonl")
    )
    with duckdb.connect() as base:
        _, counts, users = (base.execute(statement).fetchall() for statement in sql.split(";\n") if statement.strip())
        titles = base.execute("SELECT count(title), count(DISTINCT title), sum(len(headings)) FROM pages").fetchall()
    pages = [record for record in documentation.records() if record["ok"]]
    data = [record["data"] for record in pages if record["data"]]
    assert counts == [(len(pages), sum(len(one["code"]) for one in data))]
    named = [one["title"] for one in data if one["title"] is not None]
    assert titles == [(len(named), len(set(named)), sum(len(one["headings"]) for one in data))]
    found = {record["url"] for record in pages for block in record["data"].get("code", ()) if "asyncio.run" in block}
    assert [row[0] for row in users] == sorted(found)
    assert len(found) > 5
    assert named.count("3. An Informal Introduction to Python") == 1
    assert any(">>> 2 + 2\n4\n" in block for one in data for block in one["code"])


def test_pages_without_a_required_field_are_counted_and_warned_about_once(crawl: MakeCrawl, site: Site) -> None:
    for number in range(3):
        site.page(f"/p/{number}", "<h1>A</h1>" if number else "<h2>B</h2><i>x</i>")
    fields = {"name": {"css": "h1", "required": True}, "mark": {"css": "i", "required": True}}
    lacking = crawl(seeds=[site.url(f"/p/{number}") for number in range(3)], extract={"fields": fields})
    outcome = lacking.run("--log-format", "json")
    assert outcome.exit_code == 0
    assert lacking.summary()["missing_fields"] == {"mark": 2, "name": 1}
    assert outcome.stderr.count("lacks the required field") == 2
    assert {path: record["data"] for path, record in lacking.by_path().items()} == {
        "/p/0": {"name": None, "mark": "x"},
        "/p/1": {"name": "A", "mark": None},
        "/p/2": {"name": "A", "mark": None},
    }


def test_several_rule_sets_match_by_the_url_where_redirects_ended(crawl: MakeCrawl, site: Site) -> None:
    site.page("/new/item", "<h1>One</h1><h2>Two</h2>")
    rules = [
        {"fields": {"a": {"css": "h1"}, "b": {"css": "h1"}}},
        {"match": "/new/", "fields": {"b": {"css": "h2"}, "c": {"regex": "/new/(.*)", "source": "url"}}},
        {"match": "/redirect/", "fields": {"a": {"css": "h2"}}},
    ]
    seed = site.url(f"/redirect/301/to?url={site.url('/new/item')}")
    redirected = crawl(seeds=[seed], extract=rules)
    assert redirected.run().exit_code == 0
    (record,) = redirected.records()
    assert path_of(record["final_url"]) == "/new/item"
    assert record["data"] == {"a": "One", "b": "Two", "c": "item"}


def test_rules_about_links_go_with_scope_and_with_what_pages_forbid(crawl: MakeCrawl, site: Site) -> None:
    site.page(
        "/start",
        '<div id=in><a href="/leaf/1">1</a><a href="/leaf/2" rel=nofollow>2</a>'
        '<a href="http://127.0.0.2/">out</a></div><a href="/leaf/3">3</a><b data-url="/leaf/4#x">4</b>',
    )
    site.page("/closed", '<meta name=robots content=nofollow><div id=in><a href="/leaf/5">5</a></div>')
    site.page("/other", '<a href="/leaf/6">6</a>')
    chosen = crawl(
        seeds=[site.url("/start"), site.url("/closed"), site.url("/other")],
        follow=[{"match": "/(start|closed)", "css": ["#in", "[data-url]::attr(data-url)"]}],
    )
    assert chosen.run().exit_code == 0
    assert chosen.by_path().keys() == {"/start", "/closed", "/other", "/leaf/1", "/leaf/4", "/leaf/6"}
    assert chosen.summary()["refused"] == {"nofollow": 2, "scope": 1, "follow": 1}


def test_each_output_gets_its_own_form_of_the_body(crawl: MakeCrawl, site: Site) -> None:
    seeds = [site.url("/blog/post/1"), site.url("/file/image/png"), site.url("/status/404")]
    forms = ("none", "html", "text", "markdown")
    outputs = [{"path": f"{form}.jsonl", "body": form} for form in forms]
    crawled = crawl(seeds=seeds, limits={"max_depth": 0}, output=outputs)
    assert crawled.run().exit_code == 0
    bodies = {form: _bodies(crawled.folder / f"{form}.jsonl") for form in forms}
    known, path = post(1), "/blog/post/1"
    assert all("body" not in record for record in bodies["none"].values())
    assert "<article><h1>" in bodies["html"][path]["body"]
    assert bodies["text"][path]["body"].splitlines()[:3] == ["HomeArchive", known["title"], ""]
    assert bodies["markdown"][path]["body"].startswith(f"# {known['title']}\n")
    for form in ("html", "text", "markdown"):
        assert [bodies[form][path]["body"] for path in ("/file/image/png", "/status/404")] == [None, None]


@pytest.mark.parametrize("left_open", ["<div>", "<b>"])
def test_a_page_above_a_megabyte_has_no_markdown_and_all_its_links_whatever_is_left_open(
    crawl: MakeCrawl, site: Site, left_open: str
) -> None:
    row = '<p>item {} <a href="/x/{}">a link</a> and some more words</p>' + left_open
    site.page("/long", "".join(row.format(number, number % 50) for number in range(20_000)))
    crawled = crawl(seeds=[site.url("/long")], scope={"type": "page"}, output={"path": "out.jsonl", "body": "markdown"})
    assert crawled.run().exit_code == 0
    (record,) = _bodies(crawled.folder / "out.jsonl").values()
    assert record["body_bytes"] > 1_200_000
    assert [record[key] for key in ("error", "body", "links")] == [None, None, 50]


def _bodies(path: Path) -> dict[str, dict[str, Any]]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {path_of(record["url"]): record for record in records}


def test_hostile_pages_are_read_in_bounded_time_and_cost_no_other_page(crawl: MakeCrawl, site: Site) -> None:
    hostile = {
        "/deep": "<div>" * 100_000 + "<h1>Deep</h1>",
        "/formatting": "<font><p>" * 20_000 + "<h1>Font</h1>",
        "/flat": "<h1>Flat</h1>" + "<b>x</b>" * 200_000,
        "/script": f'<h1>Script</h1><script type="application/ld+json">{"[" * 500_000}</script>',
        "/text": f"<h1>Text</h1><p>{'a' * 1_000_000}b",
    }
    for path, text in hostile.items():
        site.page(path, text)
    site.answer("/json", Answer(b'{"a":' * 100_000, content_type="application/json"))
    fields = {
        "css": {"css": "h1", "required": True},
        "all": {"css": "div", "all": True},
        "xpath": {"xpath": "//h1"},
        "jsonld": {"jsonld": "A.b"},
        "json": {"json": "a.a"},
        "regex": {"regex": "(?=(a+)+$)(a+)+$"},
    }
    seeds = [site.url(path) for path in ("/leaf/1", *hostile, "/json", "/leaf/2")]
    crawled = crawl(
        seeds=seeds, extract={"fields": fields}, output=[{"path": "pages.jsonl"}, {"path": "t", "body": "text"}]
    )
    assert crawled.run(timeout_s=120).exit_code == 0
    records = crawled.by_path()
    assert all(record["ok"] for record in records.values())
    assert [records[path]["data"]["css"] for path in hostile] == ["Deep", "Font", "Flat", "Script", "Text"]
    assert [records[path]["data"]["xpath"] for path in hostile] == ["Deep", "Font", "Flat", "Script", "Text"]
    assert crawled.summary()["missing_fields"]["css"] == 3
