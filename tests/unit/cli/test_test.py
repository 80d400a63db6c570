"""`crawl test`: for people step by step, for machines one object, and an exit code that says whether it was usable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.__main__ import main
from tests.crawls.running import Crawl
from tests.site import Answer, Site

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Crawl:
    """A crawl in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Crawl(tmp_path, seeds=[site.url("/list/30")])


def test_people_read_what_was_decided_and_the_record(crawl: Crawl, site: Site, capsys: Capture) -> None:
    assert main(["test", "test.yaml", site.url("/list/30"), "--most", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"url       {site.url('/list/30')}"
    assert "title     List of 30" in lines
    assert "charset   UTF-8 (header)" in lines
    at = lines.index("links     30 found, 30 to be followed")
    assert lines[at + 1 : at + 4] == [f"            {site.url(f'/leaf/{n}')}" for n in (0, 1)] + [
        f"{'':10}  … and 28 more"
    ]
    assert '   "ok": true,' in lines
    assert lines[-1] == "result    usable"
    assert not Path("state").exists()


def test_machines_read_one_object(crawl: Crawl, site: Site, capsys: Capture) -> None:
    assert main(["test", "test.yaml", site.url("/list/30"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["usable"], found["links"]["kept"], len(found["links"]["kept_examples"])) == (True, 30, 10)
    assert [step["step"] for step in found["steps"]][:3] == ["url", "seed", "scope"]
    assert found["record"]["title"] == "List of 30"


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/status/404", 4, "result    http_status: 404 Not Found"),
        (
            "/leaf/1?" + "&".join("abcdefghijklmnopqrstuvwxyzabcdefgh"),
            4,
            "result    refused: a run would not ask for it",
        ),
    ],
)
def test_without_a_usable_answer_the_exit_code_is_4(
    crawl: Crawl, site: Site, capsys: Capture, path: str, code: int, said: str
) -> None:
    assert main(["test", "test.yaml", site.url(path)]) == code
    assert capsys.readouterr().out.splitlines()[-1] == said
    assert main(["test", "test.yaml", site.url(path), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["usable"] is False


def test_a_file_takes_the_place_of_the_network(crawl: Crawl, site: Site, capsys: Capture) -> None:
    Path("page.html").write_text("<title>\x1b[2J\u202ehostile</title><a href=b>x</a>")
    assert main(["test", "test.yaml", "page.html", "--url", site.url("/dir/a")]) == 0
    out = capsys.readouterr().out
    assert r"title     \x1b[2J\u202ehostile" in out
    assert f"            {site.url('/dir/b')}" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert site.hits() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.html"], "missing.html is neither a URL (https://…) nor a file"),
        (["ftp://h.test/"], "no URL that can be crawled"),
        (["http://h.test/", "--url", "http://h.test/"], "--url is for a file"),
        (["http://h.test/", "--set", "limits.x=1"], "unknown key"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(crawl: Crawl, capsys: Capture, words: list[str], said: str) -> None:
    assert main(["test", "test.yaml", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


FIELDS: dict[str, Any] = {
    "extract": [
        {"match": "/blog/", "fields": {"name": {"css": "h2"}}},
        {
            "fields": {
                "name": {"css": "h1"},
                "price": {"css": "b", "type": "int", "default": 0},
                "rows": {"each": "li", "fields": {"i": {"css": "i"}}},
            }
        },
    ],
    "follow": {"match": "/dir/", "css": "nav a"},
}
PAGE = "<h1>A</h1><b>x</b><ul><li><i>1</i><li>2</ul><nav><a href=/1>x</a></nav><a href=/2>y</a>"


def with_fields(folder: Path, site: Site, body: str = PAGE) -> None:
    """A configuration with declared fields, and page.html."""
    Crawl(folder, seeds=[site.url("/start")], **FIELDS)
    Path("page.html").write_text(body)


def test_each_field_is_shown_with_the_selector_that_gave_it(crawl: Crawl, site: Site, capsys: Capture) -> None:
    with_fields(crawl.folder, site)
    assert main(["test", "test.yaml", "page.html", "--url", site.url("/dir/a")]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index('field     name: "A"')
    assert lines[at : at + 7] == [
        'field     name: "A"',
        "            extract.1 css: h1 → matched",
        "field     price: 0",
        "            extract.1 css: b, type: int → 1 found, but none is of type int; the default",
        'field     rows: [{"i": "1"}, {"i": null}]',
        "            extract.1 each css: li → 2 objects",
        "              i: extract.1 css: i → matched in 1 of 2 objects, no value in the others",
    ]
    assert [line for line in lines if line.startswith(("extract", "follow"))] == [
        "extract   extract.0 does not apply: match /blog/",
        "extract   extract.1 applies: it has no match, so it is for every page",
        "follow    follow.0 applies: match /dir/",
    ]
    assert "          1 not followed: follow" in lines


@pytest.mark.parametrize("size", [0, 3_200_000])
def test_machines_read_the_same_of_light_pages_and_heavy_ones(
    crawl: Crawl, site: Site, capsys: Capture, size: int
) -> None:
    with_fields(crawl.folder, site, PAGE + "<p>filler" * (size // 9))
    assert main(["test", "test.yaml", "page.html", "--url", site.url("/dir/a"), "--json"]) == 0
    fields = {one["field"]: one for one in json.loads(capsys.readouterr().out)["fields"]}
    assert list(fields) == ["name", "price", "rows", "rows.i"]
    assert (fields["name"]["rule"], fields["name"]["selector"], fields["name"]["source"]) == (
        "extract.1", {"css": "h1"}, "selector")  # fmt: skip
    assert (fields["price"]["source"], fields["price"]["found"], fields["price"]["passed"]) == ("default", 1, 0)
    assert (fields["rows.i"]["objects"], fields["rows.i"]["objects_without"]) == (2, 1)


def test_a_page_that_fields_cannot_be_taken_from_is_said_to_be_one(crawl: Crawl, site: Site, capsys: Capture) -> None:
    with_fields(crawl.folder, site)
    Path("a.pdf").write_bytes(b"%PDF")
    assert main(["test", "test.yaml", "a.pdf"]) == 0
    assert "extract   no field is taken from this page (application/pdf)" in capsys.readouterr().out


def test_values_are_shown_as_records_hold_them(crawl: Crawl, site: Site, capsys: Capture) -> None:
    body = rb'{"s": "\ud800", "n": 123456789012345678901234567890}'
    site.answer("/big", Answer(body, content_type="application/json"))
    Crawl(crawl.folder, seeds=[site.url("/big")], extract={"fields": {"n": {"json": "n"}, "s": {"json": "s"}}})
    assert main(["test", "test.yaml", site.url("/big")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert 'field     n: "123456789012345678901234567890"' in lines
    assert 'field     s: "\ufffd"' in lines


def test_links_that_would_be_followed_in_vain_are_said_to_be(crawl: Crawl, site: Site, capsys: Capture) -> None:
    site.robots("User-agent: *\nDisallow: /leaf/2")
    assert main(["test", "test.yaml", site.url("/list/4")]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("links     4 found, 4 to be followed, 1 of them in vain: robots.txt refuses them")
    assert lines[at + 3] == f"            {site.url('/leaf/2')}  (refused by robots.txt: Disallow: /leaf/2)"
    assert main(["test", "test.yaml", site.url("/list/4"), "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["links"]["kept_but_closed"]) == [site.url("/leaf/2")]
