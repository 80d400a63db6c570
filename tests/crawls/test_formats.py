"""Every format over whole crawls: exactly once through kills, readable by the tools it is made for."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.crawls.running import Crawl, environment, path_of
from tests.crawls.test_exactly_once import run_with_kills
from tests.site import Nginx, Site

MakeCrawl = Callable[..., Crawl]
PAGES = 3000
TREE = f"/tiny/{PAGES}/"
EXPECTED = Counter(f"{TREE}{number}" for number in range(PAGES))


def csv_urls(folder: Path) -> Iterator[str]:
    for path in folder.glob("*.csv"):
        for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), strict=True):
            yield row["url"]


def parquet_urls(folder: Path) -> Iterator[str]:
    yield from (url for (url,) in duckdb.sql(f"SELECT url FROM '{folder}/*.parquet'").fetchall())


def warc_records(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.glob("*.warc.gz")):
        subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(path)], check=True)
        with path.open("rb") as file:
            yield from ArchiveIterator(file)


def warc_urls(folder: Path) -> Iterator[str]:
    for record in warc_records(folder):
        if record.rec_type == "metadata":
            yield record.rec_headers.get_header("WARC-Target-URI")


def jsonl_urls(folder: Path) -> Iterator[str]:
    for path in folder.glob("*.jsonl"):
        yield from (json.loads(line)["url"] for line in path.read_text().splitlines())


@pytest.mark.parametrize("rotate", [{}, {"records": 700}], ids=["one file", "rotating"])
@pytest.mark.parametrize(
    ("type", "name", "urls"),
    [
        ("csv", "pages.csv", csv_urls),
        ("parquet", "pages.parquet", parquet_urls),
        ("warc", "pages.warc.gz", warc_urls),
        ("jsonl", "pages.jsonl", jsonl_urls),
    ],
    ids=["csv", "parquet", "warc", "jsonl"],
)
def test_killed_at_random_moments_each_url_is_stored_once(
    crawl: MakeCrawl, site: Site, type: str, name: str, urls: Callable[[Path], Iterator[str]], rotate: dict[str, int]
) -> None:
    output = {"type": type, "path": f"out/{name}", "rotate": rotate, "latest": True}
    killed = crawl(seeds=[site.url(f"{TREE}0")], output=output)
    struck = run_with_kills(killed, random.Random(f"{type}{rotate}"), 3, site.size)
    assert struck > 0
    files = sorted(path.name for path in (killed.folder / "out").iterdir() if not path.is_symlink())
    stem, ending = name.split(".", 1)
    assert files == ([f"{stem}-0000{part}.{ending}" for part in range(1, 6)] if rotate else [name])
    link = killed.folder / "out" / f"{stem}-latest.{ending}"
    assert link.resolve().name == files[-1]
    link.unlink()
    assert Counter(map(path_of, urls(killed.folder / "out"))) == EXPECTED


# Runs the crawl of a configuration; after one of its last steps the process is killed, or the step turns out to fail.
ENDING = """
import importlib, os, runpy, signal, sys
step, ending, config = sys.argv[1:]
module, owner, verb = step.split(":")
owner = getattr(importlib.import_module(module), owner)
taken = getattr(owner, verb)
from crawler.core.errors import OutputFailed
def take(*given, **named):
    result = taken(*given, **named)
    if verb not in {"commit", "flush"} or named.get("final"):
        if ending == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OutputFailed("no space left")
    return result
setattr(owner, verb, take)
sys.argv = ["crawl", config]
runpy.run_module("crawler", run_name="__main__")
"""
LAST_STEPS = {
    "made": "crawler.sinks.parquet_sink:ParquetSink:_make",
    "flushed": "crawler.sinks.fan_out:FanOut:flush",
    "committed": "crawler.engine.accounts.ledger:Ledger:commit",
    "ended": "crawler.frontiers.sqlite_frontier:SqliteFrontier:end_run",
}


@pytest.mark.parametrize("rotate", [{}, {"records": 12}], ids=["one file", "rotating"])
@pytest.mark.parametrize("ending", ["killed", "failed"])
@pytest.mark.parametrize("step", LAST_STEPS)
def test_whatever_fails_while_a_parquet_file_is_finished_the_run_goes_on(
    crawl: MakeCrawl, site: Site, step: str, ending: str, rotate: dict[str, int]
) -> None:
    outputs = [{"type": "parquet", "path": "out/pages.parquet", "rotate": rotate}, {"path": "pages.jsonl"}]
    finished = crawl(seeds=[site.url("/tiny/33/0")], output=outputs)
    command = [sys.executable, "-c", ENDING, LAST_STEPS[step], ending, str(finished.config)]
    struck = subprocess.run(command, cwd=finished.folder, env=environment(), capture_output=True, check=False)
    assert struck.returncode == {"killed": -signal.SIGKILL, "failed": 7}[ending], struck.stderr.decode()
    assert finished.run().exit_code == 0
    assert sorted(map(path_of, parquet_urls(finished.folder / "out"))) == sorted(f"/tiny/33/{n}" for n in range(33))
    assert sorted(finished.by_path()) == sorted(f"/tiny/33/{n}" for n in range(33))
    assert list((finished.folder / "out").glob("*.journal")) == []


def test_several_formats_at_once_hold_the_same_pages(crawl: MakeCrawl, docs: Nginx) -> None:
    outputs = [
        {"type": "jsonl", "path": "pages.jsonl"},
        {"type": "csv", "path": "out/pages.csv"},
        {"type": "parquet", "path": "out/pages.parquet", "links": True},
        {"type": "warc", "path": "out/pages.warc.gz"},
    ]
    crawled = crawl(seeds=[docs.url("/postgresql/index.html")], limits={"max_pages": 200}, output=outputs)
    assert crawled.run().exit_code == 0
    records = crawled.records()
    assert len(records) == 200
    urls = sorted(record["url"] for record in records)
    for found in (csv_urls, parquet_urls, warc_urls):
        assert sorted(found(crawled.folder / "out")) == urls
    query = f"SELECT url, title, len(links) FROM '{crawled.folder}/out/pages.parquet' ORDER BY url"
    assert duckdb.sql(query).fetchall() == sorted((one["url"], one["title"], one["links"]) for one in records)


def test_an_archive_holds_every_answer_redirects_and_other_types_included(crawl: MakeCrawl, site: Site) -> None:
    archived = crawl(
        seeds=[site.url("/redirect/302/to?url=/tiny/3/0"), site.url("/status/404"), site.url("/file/image/png")],
        output={"type": "warc", "path": "pages.warc.gz"},
    )
    assert archived.run().exit_code == 0
    answers = {
        path_of(record.rec_headers.get_header("WARC-Target-URI")): (
            int(record.http_headers.get_statuscode()),
            record.content_stream().read(),
        )
        for record in warc_records(archived.folder)
        if record.rec_type in ("response", "revisit")
    }
    assert answers["/redirect/302/to?url=/tiny/3/0"][0] == 302
    assert answers["/tiny/3/0"][0] == 200
    assert b"<title>" in answers["/tiny/3/0"][1]
    assert answers["/status/404"][0] == 404
    assert answers["/file/image/png"][1].startswith(b"\x00\x01file")
    assert answers["/tiny/3/2"][0] == 200


def test_rotating_files_hold_no_more_bytes_than_allowed(crawl: MakeCrawl, site: Site) -> None:
    output = {"path": "out/{name}-{part}.jsonl", "rotate": {"bytes": "64KiB"}}
    rotating = crawl(seeds=[site.url("/tiny/800/0")], output=output)
    assert rotating.run().exit_code == 0
    files = sorted((rotating.folder / "out").iterdir())
    assert len(files) > 3
    assert max(path.stat().st_size for path in files) <= 64 * 1024
    assert len(list(jsonl_urls(rotating.folder / "out"))) == 800


def test_the_link_names_no_file_of_a_run_that_is_not_complete(crawl: MakeCrawl, site: Site) -> None:
    stopped = crawl(
        seeds=[site.url("/tiny/800/0")],
        limits={"max_bytes": 2000},
        output={"path": "out/{name}-{started}.jsonl", "latest": True},
    )
    assert stopped.run().exit_code == 5
    link = stopped.folder / "out" / "test-latest.jsonl"
    assert not link.is_symlink()
    assert stopped.run("--set", "limits.max_bytes=null").exit_code == 0
    assert len(link.read_text().splitlines()) == 800


CONFIGS = Path(__file__).parents[2] / "configs"


def test_duckdb_runs_the_statements_of_the_page_about_it_and_sees_its_types(crawl: MakeCrawl, site: Site) -> None:
    page = (CONFIGS.parent / "docs/how-to/load-in-duckdb-and-pandas.md").read_text()
    site.page("/start", '<p class=price>1.299,00 €</p><a href="/status/404">x</a><a href="/leaf/1">y</a>')
    path = "out/load-in-duckdb-latest.parquet"
    crawled = crawl(
        seeds=[site.url("/start")],
        extract={"fields": {"price": {"css": ".price", "type": "float"}}},
        output={"type": "parquet", "path": path, "links": True, "headers": True},
    )
    assert crawled.run().exit_code == 0
    statements = page.partition("```sql\n")[2].partition("```")[0].replace(path, str(crawled.folder / path))
    counts, titles, prices, errors, links = (duckdb.sql(one).fetchall() for one in statements.strip().split("\n"))
    assert counts == [(200, 2), (404, 1)]
    assert dict(titles) == {site.url("/start"): None, site.url("/leaf/1"): "Leaf 1"}
    assert dict(prices) == {site.url("/start"): 1299.0, site.url("/leaf/1"): None}
    assert errors == [("http_status", 1, site.url("/status/404"))]
    assert links[:2] == [(site.url("/start"), site.url("/status/404")), (site.url("/start"), site.url("/leaf/1"))]
    described = duckdb.sql(f"DESCRIBE FROM '{crawled.folder / path}'").fetchall()
    types = {name: type.replace('"', "") for name, type, *_ in described}
    for names, type in re.findall(r"^\| (`.*`.*?) \| `([^`]*)`", page, re.MULTILINE):
        for name in re.findall(r"`(\w+)`(?! \(their number)", names):
            assert types[name] == type, name


@pytest.mark.parametrize("name", ["load-in-duckdb", "archive-to-warc", "incremental-nightly"])
def test_the_configurations_that_the_how_to_pages_show_do_what_these_say(
    crawl: MakeCrawl, site: Site, name: str
) -> None:
    shown = crawl(seeds="")
    text = (CONFIGS / f"{name}.yaml").read_text().replace("https://example.org/", site.url("/tiny/30/0"))
    shown.config.write_text(text)
    options = ("--set", f"name={name}", "--set", "politeness.delay=0", "--set", "sitemaps=off")
    assert shown.run(*options).exit_code == 0
    out = shown.folder / "out"
    match name:
        case "load-in-duckdb":
            latest = out / "load-in-duckdb-latest.parquet"
            assert duckdb.sql(f"SELECT status, count(*) FROM '{latest}' GROUP BY ALL").fetchall() == [(200, 30)]
            assert len(duckdb.sql(f"SELECT url, unnest(links) AS link FROM '{latest}'").fetchall()) >= 30
            assert len(list(csv_urls(out))) == 30
        case "archive-to-warc":
            assert [path.name.rpartition("-")[2] for path in out.iterdir()] == ["00001.warc.gz"]
            assert len(list(warc_urls(out))) == 30
        case _:
            latest = out / "incremental-nightly-latest.jsonl"
            assert len(latest.read_text().splitlines()) == 30
            assert shown.run(*options).exit_code == 0
            assert latest.read_text() == ""
