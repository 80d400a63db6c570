"""recrawl.mode: changed: what a later run asks for, what it says of each page, what it receives."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.crawls.running import Crawl, ended, path_of, repeated, wait_until
from tests.site.nginx import DOCS, Nginx, running_nginx

MakeCrawl = Callable[..., Crawl]
CHANGED = {"recrawl": {"mode": "changed"}, "output": {"path": "pages.jsonl", "on_exists": "replace"}}


# Over real documentation.


@pytest.fixture
def copies(needs_nginx: None, tmp_path: Path) -> Iterator[tuple[Path, Nginx]]:
    """A private copy of the documentation behind an nginx of its own."""
    root = tmp_path / "www"
    for name, source in DOCS.items():
        shutil.copytree(source, root / name, symlinks=False, ignore_dangling_symlinks=True)
    folder = tmp_path / "nginx"
    folder.mkdir()
    with running_nginx(folder, f"root {root}; index index.html; absolute_redirect off;") as nginx:
        yield root, nginx


def edit_some(root: Path, paths: list[str], dice: random.Random) -> dict[str, str]:
    """Edits 17 pages, removes 5, adds 3 that edited pages link to; path → what must be said of it."""
    edited = dice.sample(paths, 17)
    removed = dice.sample(sorted(set(paths) - set(edited)), 5)
    added = [f"/python/new{number}.html" for number in range(3)]
    for number, path in enumerate(edited):
        file, link = root / path[1:], f'<a href="{added[number % 3]}">new</a>'
        file.write_bytes(file.read_bytes().replace(b"</body>", link.encode() + b"</body>"))
    for path in removed:
        (root / path[1:]).unlink()
    for path in added:
        (root / path[1:]).write_text(f"<title>{path}</title>")
    return dict.fromkeys(edited, "changed") | dict.fromkeys(removed, "gone") | dict.fromkeys(added, "new")


def test_of_real_pages_exactly_those_that_differ_are_said_to(crawl: MakeCrawl, copies: tuple[Path, Nginx]) -> None:
    root, nginx = copies
    seeds = [nginx.url("/postgresql/index.html"), nginx.url("/python/index.html")]
    # One request at a time: with more it is a race which page leads to another first, and so how deep that one is.
    nightly = crawl(seeds=seeds, concurrency={"total": 1}, **CHANGED)
    assert nightly.run(timeout_s=240).exit_code == 0
    first, before = nightly.by_path(), nightly.summary()
    assert len(first) > 1650
    assert {record["change"] for record in first.values() if record["ok"]} == {"new"}
    hubs = {path_of(url) for url in seeds}
    pages = sorted(path for path, one in first.items() if one["content_type"] == "text/html" and one["ok"]
                   and not one["redirects"] and path not in hubs)  # fmt: skip
    expected = edit_some(root, pages, random.Random(4))
    time.sleep(1.1)  # summaries are named by the second
    assert nightly.run(timeout_s=240).exit_code == 0
    second, after = nightly.by_path(), nightly.summary()
    assert {path: one["change"] for path, one in second.items() if one["change"] not in ("unchanged", None)} == expected
    assert len(expected) == 25
    assert after["changes"] == {"unchanged": after["ok"] - 20, "changed": 17, "gone": 5, "new": 3}
    assert after["bytes_received"] < 0.05 * before["bytes_received"]
    assert set(second) == set(first) | {path for path, change in expected.items() if change == "new"}
    # What holds of a page that did not change is told again.
    same = [path for path, one in second.items() if one["status"] == 304]
    assert len(same) > 1600
    for key in ("title", "links", "sha256", "content_type", "charset", "depth"):
        assert [(path, second[path][key]) for path in same] == [(path, first[path][key]) for path in same]
    print(f"{len(first)} pages, {before['bytes_received']} bytes, then {after['bytes_received']} bytes")


# Over a small site whose every answer a test decides.


class Pages(dict[str, Any]):
    """path → (body, validator fields), or a status, or a Location; `asked` has what came."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.port = 0

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


class QuietServer(ThreadingHTTPServer):
    """Says nothing of connections that a killed crawl leaves behind."""

    def handle_error(self, *args: object) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[Pages]:
    """A server of what is put into it: "/" has an ETag, and 304 is said where it matches."""
    held = Pages()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            tag, since = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
            found = held.get(self.path, 404)
            if self.path != "/robots.txt":
                held.asked.append((self.path, tag, since))
            if isinstance(found, int):
                self.answer(found, b"x", {})
            elif isinstance(found, str):
                self.answer(302, b"", {"Location": found})
            else:
                body, fields = found
                dated = tag is None and (since or "-") == fields.get("Last-Modified")
                same = dated or (tag or "-") == fields.get("ETag")
                self.answer(304 if same else 200, b"" if same else body, fields)

        def answer(self, status: int, body: bytes, fields: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "text/html", **fields}.items():
                if status != 304 or name != "Content-Type":
                    self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    held.port = server.server_address[1]
    Thread(target=server.serve_forever, daemon=True).start()
    yield held
    server.shutdown()
    server.server_close()


def linking(*paths: str, tag: str | None = None, **fields: str) -> tuple[bytes, dict[str, str]]:
    """A page with links, its ETag, and other fields."""
    body = "".join(f'<a href="{path}">x</a>' for path in paths)
    return f"<title>t</title>{body}".encode(), {**({"ETag": tag} if tag else {}), **fields}


def rerun(crawl: Crawl) -> dict[str, dict[str, Any]]:
    """One more run; its records."""
    assert crawl.run().exit_code in (0, 4)
    return crawl.by_path()


def changes(records: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    return {path: record["change"] for path, record in records.items()}


@pytest.mark.parametrize("workers", [2, "auto"])
def test_several_processes_ask_conditionally_too(crawl: MakeCrawl, pages: Pages, workers: Any) -> None:
    paths = [f"/{number}" for number in range(40)]
    pages.update({"/": linking(*paths, tag='"1"')} | {path: linking(path, tag=f'"{path}"') for path in paths})
    nightly = crawl(seeds=[pages.url()], **CHANGED, concurrency={"total": 8, "per_host": 8, "workers": workers})
    assert set(changes(rerun(nightly)).values()) == {"new"}
    pages.asked.clear()
    pages["/7"] = linking("/new", tag='"2"')
    pages["/new"] = linking(tag='"1"')
    del pages["/9"]
    records = rerun(nightly)
    expected = dict.fromkeys(["/", *paths], "unchanged") | {"/7": "changed", "/9": "gone", "/new": "new"}
    assert changes(records) == expected
    assert {path: tag for path, tag, _ in pages.asked} == {
        "/": '"1"',
        **{path: f'"{path}"' for path in paths},
        "/new": None,
    }
    assert {
        (one["status"], one["title"], one["links"]) for one in records.values() if one["change"] == "unchanged"
    } == {
        (304, "t", 1),
        (304, "t", 40),
    }
    assert nightly.summary()["processes"] > 1


@pytest.mark.standard("RFC 9110", "13.1")
def test_stored_validators_are_sent_back_and_a_304_is_a_usable_answer(
    crawl: MakeCrawl, pages: Pages, client: str
) -> None:
    dated = {"Last-Modified": "Sun, 22 Nov 2026 17:34:00 GMT"}
    pages.update({"/": linking("/dated", tag='W/"1"'), "/dated": linking(**dated)})
    nightly = crawl(seeds=[pages.url()], client={"type": client}, **CHANGED)
    assert changes(rerun(nightly)) == {"/": "new", "/dated": "new"}
    pages.asked.clear()
    records = rerun(nightly)
    assert sorted(pages.asked) == [("/", 'W/"1"', None), ("/dated", None, dated["Last-Modified"])]
    assert [(one["status"], one["ok"], one["error"], one["title"], one["bytes"]) for one in records.values()] == [
        (304, True, None, "t", 0)
    ] * 2
    assert changes(records) == {"/": "unchanged", "/dated": "unchanged"}


def test_a_hub_that_did_not_change_still_leads_on(crawl: MakeCrawl, pages: Pages) -> None:
    pages.update({"/": linking("/a", "/late", tag='"1"'), "/a": linking(tag='"1"'), "/late": 404})
    nightly = crawl(seeds=[pages.url()], **CHANGED)
    assert changes(rerun(nightly)) == {"/": "new", "/a": "new", "/late": None}
    pages["/late"] = linking("/later", tag='"1"')
    pages["/later"] = linking(tag='"1"')
    assert changes(rerun(nightly)) == {"/": "unchanged", "/a": "unchanged", "/late": "new", "/later": "new"}


def test_links_that_other_options_choose_are_followed_on_pages_that_did_not_change(
    crawl: MakeCrawl, pages: Pages
) -> None:
    body = b"<a class=x href=/a>a</a><a class=y href=/b>b</a>"
    pages.update({"/": (body, {"ETag": '"1"'}), "/a": linking(tag='"1"'), "/b": linking(tag='"1"')})
    nightly = crawl(seeds=[pages.url()], follow=[{"css": "a.x"}], **CHANGED)
    assert changes(rerun(nightly)) == {"/": "new", "/a": "new"}
    nightly.configure(seeds=[pages.url()], **CHANGED)
    pages.asked.clear()
    assert changes(rerun(nightly)) == {"/": "unchanged", "/a": "unchanged", "/b": "new"}
    assert {path: tag for path, tag, _ in pages.asked} == {"/": None, "/a": None, "/b": None}, "once in full"
    pages.asked.clear()
    assert set(changes(rerun(nightly)).values()) == {"unchanged"}
    assert {tag for _, tag, _ in pages.asked} == {'"1"'}


def test_fields_that_an_unchanged_page_lacks_are_counted_still(crawl: MakeCrawl, pages: Pages) -> None:
    pages["/"] = (b"<h2>x</h2>", {"ETag": '"1"'})
    wanted = {"name": {"css": "h1", "required": True}, "offer": {"fields": {"price": {"css": "b", "required": True}}}}
    nightly = crawl(seeds=[pages.url()], extract=[{"fields": wanted}], **CHANGED)
    for status in (200, 304, 304):
        record = rerun(nightly)["/"]
        assert (record["status"], record["data"]) == (status, {"name": None, "offer": {"price": None}})
        assert nightly.summary()["missing_fields"] == {"name": 1, "offer.price": 1}
        time.sleep(1.1)  # summaries are named by the second


def test_without_validators_the_content_decides(crawl: MakeCrawl, pages: Pages) -> None:
    pages.update({"/": linking("/a", "/b"), "/a": linking(), "/b": linking()})
    nightly = crawl(seeds=[pages.url()], **CHANGED)
    rerun(nightly)
    pages["/b"] = linking("/a")
    records = rerun(nightly)
    assert changes(records) == {"/": "unchanged", "/a": "unchanged", "/b": "changed"}
    assert {one["status"] for one in records.values()} == {200}


def test_a_page_that_nothing_links_to_any_more_is_asked_again_as_it_was_found(crawl: MakeCrawl, pages: Pages) -> None:
    pages.update({"/": linking("/a"), "/a": linking("/a/b"), "/a/b": linking(tag='"1"')})
    nightly = crawl(seeds=[pages.url()], **CHANGED)
    first = rerun(nightly)
    pages.update({"/": linking(), "/a": 410})
    second = rerun(nightly)
    assert changes(second) == {"/": "changed", "/a": "gone", "/a/b": "unchanged"}
    assert [second["/a/b"][key] for key in ("depth", "parent")] == [first["/a/b"][key] for key in ("depth", "parent")]
    assert second["/a"]["ok"] is False
    third = rerun(nightly)
    assert changes(third) == {"/": "unchanged", "/a/b": "unchanged"}, "what is gone is not asked for ever after"


def test_a_failure_is_not_gone_and_is_compared_with_what_was_known(crawl: MakeCrawl, pages: Pages) -> None:
    pages.update({"/": linking("/a", "/b"), "/a": linking(tag='"1"'), "/b": linking(tag='"1"')})
    nightly = crawl(seeds=[pages.url()], retry={"max_retries": 0}, **CHANGED)
    rerun(nightly)
    pages.update({"/": linking(), "/a": 500, "/b": 403})
    assert changes(rerun(nightly)) == {"/": "changed", "/a": None, "/b": None}
    pages.update({"/a": linking(tag='"1"'), "/b": linking("/", tag='"2"')})
    assert changes(rerun(nightly)) == {"/": "unchanged", "/a": "unchanged", "/b": "changed"}


def test_a_page_that_robots_txt_refuses_now_is_neither_gone_nor_forgotten(crawl: MakeCrawl, pages: Pages) -> None:
    pages.update({"/": linking("/a"), "/a": linking(tag='"1"')})
    nightly = crawl(seeds=[pages.url()], **CHANGED)
    rerun(nightly)
    pages["/robots.txt"] = (b"User-agent: *\nDisallow: /a\n", {"Content-Type": "text/plain"})
    refused = rerun(nightly)["/a"]
    assert (refused["change"], refused["error"]["type"]) == (None, "robots")
    del pages["/robots.txt"]
    assert changes(rerun(nightly)) == {"/": "unchanged", "/a": "unchanged"}


def test_behind_a_redirect_the_validators_go_to_where_they_came_from(crawl: MakeCrawl, pages: Pages) -> None:
    pages.update({"/": linking("/old"), "/old": "/new", "/new": linking(tag='"n"')})
    nightly = crawl(seeds=[pages.url()], **CHANGED)
    rerun(nightly)
    pages.asked.clear()
    old = rerun(nightly)["/old"]
    assert sorted(pages.asked, key=str) == [("/", None, None), ("/new", '"n"', None), ("/old", None, None)]
    assert (old["change"], old["status"], path_of(old["final_url"])) == ("unchanged", 304, "/new")
    pages.update({"/old": "/newer", "/newer": linking("/", tag='"n"')})
    pages.asked.clear()
    assert rerun(nightly)["/old"]["change"] == "changed"
    assert ("/newer", None, None) in pages.asked


def test_unchanged_pages_are_left_out_where_an_output_says_so(crawl: MakeCrawl, pages: Pages) -> None:
    pages.update({"/": linking("/a", "/b", tag='"1"'), "/a": linking(tag='"1"'), "/b": linking(tag='"1"')})
    outputs = [
        {"path": "pages.jsonl", "on_exists": "replace", "unchanged": False},
        {"path": "all.jsonl", "on_exists": "replace"},
    ]
    nightly = crawl(seeds=[pages.url()], recrawl={"mode": "changed"}, output=outputs)
    rerun(nightly)
    pages["/a"] = linking("/", tag='"2"')
    assert changes(rerun(nightly)) == {"/a": "changed"}
    assert len((nightly.folder / "all.jsonl").read_text().splitlines()) == 3


def test_a_run_that_is_dropped_is_not_what_the_next_is_compared_with(crawl: MakeCrawl, pages: Pages) -> None:
    paths = [f"/{number}" for number in range(40)]
    pages.update({"/": linking(*paths, tag='"1"'), **{path: linking(tag='"1"') for path in paths}})
    nightly = crawl(seeds=[pages.url()], limits={"max_bytes": None}, **CHANGED)
    rerun(nightly)
    pages.update({path: linking("/", tag='"2"') for path in paths})
    nightly.configure(seeds=[pages.url()], limits={"max_bytes": 500}, **CHANGED)
    assert nightly.run().exit_code == 5
    nightly.configure(seeds=[pages.url()], **CHANGED)
    assert nightly.run("--fresh").exit_code == 0
    assert Counter(changes(nightly.by_path()).values()) == {"unchanged": 1, "changed": 40}


def test_a_run_that_asks_for_everything_is_not_what_the_next_is_compared_with(crawl: MakeCrawl, pages: Pages) -> None:
    everything = {**CHANGED, "recrawl": {"mode": "all"}}
    pages.update({"/": linking("/a", "/b"), "/a": linking(tag='"1"'), "/b": linking(tag='"1"')})
    nightly = crawl(seeds=[pages.url()], **CHANGED)
    rerun(nightly)
    pages.update({"/": linking("/a", "/new"), "/a": linking("/", tag='"2"'), "/b": 404, "/new": linking(tag='"1"')})
    pages.asked.clear()
    nightly.configure(seeds=[pages.url()], **everything)
    assert changes(rerun(nightly)) == {"/": None, "/a": None, "/new": None}
    assert {tag for _, tag, _ in pages.asked} == {None}
    nightly.configure(seeds=[pages.url()], **CHANGED)
    assert changes(rerun(nightly)) == {"/": "changed", "/a": "changed", "/b": "gone", "/new": "new"}
    assert ("/a", '"1"', None) in pages.asked
    assert changes(rerun(nightly)) == {"/": "unchanged", "/a": "unchanged", "/new": "unchanged"}


def test_killed_at_random_moments_each_page_is_said_once_and_rightly(crawl: MakeCrawl, pages: Pages) -> None:
    dice, paths = random.Random(9), [f"/{number}" for number in range(1500)]
    pages.update({"/": linking(*paths, tag='"1"'), **{path: linking(tag='"1"') for path in paths}})
    nightly = crawl(seeds=[pages.url()], **CHANGED)
    rerun(nightly)
    edited, removed = paths[:100], paths[100:150]
    pages.update({path: linking("/", tag='"2"') for path in edited} | dict.fromkeys(removed, 404))
    struck = 0
    for _ in range(3):
        before, process = len(pages.asked), nightly.start()
        wait_until(lambda: process.poll() is not None or len(pages.asked) > before + 100)  # noqa: B023
        time.sleep(dice.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        struck += ended(process).exit_code != 0
    assert struck > 0
    assert nightly.run().exit_code == 0
    assert repeated([json.loads(line)["url"] for line in nightly.lines()]) == {}
    expected = {"/": "unchanged"} | dict.fromkeys(paths, "unchanged")
    expected |= dict.fromkeys(edited, "changed") | dict.fromkeys(removed, "gone")
    assert changes(nightly.by_path()) == expected
    assert Counter(changes(rerun(nightly)).values()) == {"unchanged": 1451, None: 50}


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({"recrawl": {"mode": "changed"}, "frontier": {"type": "memory"}}, "frontier.type"),
        ({"output": {"path": "a.jsonl", "unchanged": False}}, "output"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_fetched(
    crawl: MakeCrawl, pages: Pages, sections: dict[str, Any], place: str
) -> None:
    outcome = crawl(seeds=[pages.url()], **sections).run()
    assert outcome.exit_code == 2
    assert place in outcome.stderr
    assert pages.asked == []


def test_an_archive_says_of_an_unchanged_page_which_earlier_answer_it_is(crawl: MakeCrawl, pages: Pages) -> None:
    pages.update({"/": linking("/a", tag='"1"'), "/a": linking(tag='"1"')})
    archive = {"type": "warc", "path": "out/{started}.warc.gz"}
    nightly = crawl(seeds=[pages.url()], recrawl={"mode": "changed"}, output=archive)
    for _ in range(3):
        assert nightly.run().exit_code == 0
        time.sleep(1.1)  # runs are named by the second
    first, *later = (list(archived_answers(path)) for path in sorted((nightly.folder / "out").iterdir()))
    dates = {uri: header("WARC-Date") for _, uri, header in first}
    assert [kind for kind, _, _ in first] == ["response"] * 2
    for answers in later:
        assert {uri: header("WARC-Refers-To-Date") for _, uri, header in answers} == dates
        assert {(kind, header("Content-Length")) for kind, _, header in answers} == {("revisit", "0")}


def archived_answers(path: Path) -> Iterator[tuple[str, str, Callable[[str], str | None]]]:
    """Type, URL and fields of each answer in a WARC file."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type in ("response", "revisit"):
                fields = record.rec_headers
                yield record.rec_type, fields.get_header("WARC-Target-URI"), fields.get_header
