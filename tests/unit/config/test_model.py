from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crawler.config.model import Config, load_config
from crawler.core.errors import BadInput

SEEDS = "seeds: https://example.org/\n"
HEAVY = ("aiohttp", "httpx", "httpx2", "rich", "structlog", "asyncio", "sqlite3")


def written(folder: Path, text: str, name: str = "site.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_seeds_alone_are_a_complete_file_and_the_rest_has_the_defaults_of_the_contract(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, SEEDS))
    assert config.name == "site"
    assert [seed.url for seed in config.seeds] == ["https://example.org/"]
    assert (config.seed_file, config.sitemaps) == (None, "auto")
    assert (config.scope.type, config.scope.extra_hops) == ("host", 0)
    assert (config.client.type, config.client.http2, config.client.allow_private) == ("aiohttp", False, False)
    assert (config.concurrency.total, config.concurrency.per_host, config.concurrency.connections) == (32, 2, None)
    assert (config.politeness.delay, config.politeness.obey_robots) == (0.5, True)
    assert tuple(config.timeouts.model_dump().values()) == (10, 20, 20, 60, 60, 8)
    assert (config.dns.ttl, config.dns.negative_ttl, config.dns.max_entries) == (300, 30, 10000)
    assert config.output[0].path == "out/{name}-{started}.jsonl"
    assert (config.frontier.type, config.frontier.path) == ("sqlite", ".crawl/{name}")
    assert tuple(config.limits.model_dump().values()) == (
        *(None, None, None, None, None),
        *(10 * 2**20, 10, 2048, 32, 3, 32, 10000, None),
    )


@pytest.mark.parametrize(
    "text", ["sitemaps: [https://example.org/sitemap.xml]", "seed_file: {file}", "seeds: {{url: 'https://a/'}}"]
)
def test_there_are_three_places_to_begin(tmp_path: Path, text: str) -> None:
    urls = written(tmp_path, "https://a/\n", "urls.txt")
    load_config(written(tmp_path, text.format(file=urls)))


@pytest.mark.parametrize("text", ["name: a", "sitemaps: off", "sitemaps: auto", "seeds: []\nseed_file: null"])
def test_a_crawl_must_begin_somewhere(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadInput, match="seeds: is missing: where to begin"):
        load_config(path)


def test_a_wrong_seed_is_told_once_and_not_as_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_config(written(tmp_path, "seeds: nothing"))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("site.yaml", "site"),
        ("my site (1).yml", "my-site-1-"),
        ("a.b.yaml", "a.b"),
        (".hidden", "hidden"),
        ("ü.yaml", "ü"),
        ("---.yaml", "crawl"),
        ("x" * 200 + ".yaml", "x" * 100),
    ],
)
def test_the_name_is_the_files_stem_made_safe(tmp_path: Path, file: str, name: str) -> None:
    assert load_config(written(tmp_path, SEEDS, file)).name == name


def test_standard_input_is_called_crawl() -> None:
    assert load_config("-", stdin=io.StringIO(SEEDS)).name == "crawl"


@pytest.mark.parametrize("name", ["../up", "a/b", ".", "..", ".a", "-a", "a b", "", "a\x1b", "x" * 101])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="usable as a file name"):
        Config.model_validate({"name": name, "seeds": "https://a/"})


def test_overrides_and_the_environment_reach_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAWL_TEST_DELAY", "3")
    path = written(tmp_path, SEEDS + "politeness: {delay: ${CRAWL_TEST_DELAY}}")
    assert load_config(path).politeness.delay == 3
    assert load_config(path, ["politeness.delay=4"]).politeness.delay == 4
    assert load_config(path, environ={"CRAWL_TEST_DELAY": "5"}).politeness.delay == 5


def test_the_redacted_configuration_is_json_without_secrets(tmp_path: Path) -> None:
    text = """\
seeds: [{url: https://example.org/, headers: {X-Key: hunter2}}]
client:
  headers: {Authorization: hunter2}
  cookies: {sid: ${SECRET}}
  auth: {username: hunter2, password: hunter2}
  proxy: http://me:hunter2@proxy:3128
"""
    config = load_config(written(tmp_path, text), environ={"SECRET": "hunter2"})
    redacted = config.redacted()
    assert "hunter2" not in json.dumps(redacted)
    assert "hunter2" not in repr(config)
    client = redacted["client"]
    assert client["headers"] == {"Authorization": "***"}
    assert client["cookies"] == {"sid": "***"}
    assert client["auth"] == {"username": "***", "password": "***", "bearer": None}
    assert client["proxy"] == ["http://***@proxy:3128"]
    assert redacted["seeds"][0]["headers"] == {"X-Key": "***"}
    assert redacted["politeness"]["delay"] == 0.5


@pytest.mark.parametrize("other", [{"seed_file": "one.txt"}, {"logging": {"file": "./one.txt"}}])
def test_no_output_is_a_file_that_something_else_uses(
    other: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.txt").write_text("https://a/\n")
    with pytest.raises(ValidationError, match="is the same file as"):
        Config.model_validate({"seeds": "https://a/", "output": "one.txt", **other})


def test_a_configuration_cannot_be_changed() -> None:
    config = Config.model_validate({"seeds": "https://a/"})
    with pytest.raises(ValidationError, match="frozen"):
        config.name = "b"


def test_checking_a_file_loads_no_http_client_and_no_display(tmp_path: Path) -> None:
    code = f"""
import sys
from crawler.config.model import load_config
load_config({written(tmp_path, SEEDS)!r})
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"recrawl": {"mode": "changed"}, "frontier": {"type": "memory"}}, "must be sqlite"),
        ({"output": {"path": "a", "unchanged": False}}, "needs recrawl.mode: changed"),
    ],
)
def test_what_a_later_run_is_to_know_must_be_kept(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Config.model_validate({"seeds": "https://example.org/", **changes})


def test_a_current_folder_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, SEEDS)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(BadInput, match="the current folder cannot be used"):
        load_config(path)
