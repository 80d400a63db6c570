from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from crawler.cli.init import add_arguments, main, starter
from crawler.config.model import load_config
from crawler.core.errors import BadInput, OutputFailed


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return main(parser.parse_args(words))


@pytest.mark.parametrize(
    ("given", "seed"),
    [
        ("https://example.com/docs/", "https://example.com/docs/"),
        ("HTTP://Example.com", "http://example.com/"),
        ("example.com/a", "https://example.com/a"),
        ("https://example.com/?q=${HOME}&r={x}: #f", "https://example.com/?q=${HOME}&r={x}:%20"),
        ("https://example.com/a'b\"c", "https://example.com/a'b%22c"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_the_starter_is_valid_and_begins_at_the_url(tmp_path: Path, given: str, seed: str) -> None:
    path = tmp_path / "start.yaml"
    assert run(given, "-o", str(path)) == 0
    config = load_config(str(path), environ={})
    assert [one.url for one in config.seeds] == [seed]
    assert config.limits.max_pages == 100


def test_without_a_file_it_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert capsys.readouterr().out == starter("https://example.org/")


def test_the_commented_lines_are_valid_too(tmp_path: Path) -> None:
    lines = starter("https://example.org/").splitlines()
    options = [line.replace("# ", "", 1) if line.startswith(("# client:", "#   ", "  # ")) else line for line in lines]
    path = tmp_path / "all.yaml"
    path.write_text("\n".join(line for line in options if "yaml-language-server" not in line))
    config = load_config(str(path))
    assert (config.client.http2, config.client.product_token) == (True, "MyBot")
    assert config.scope.include == ("/docs/",)


def test_a_file_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("mine")
    with pytest.raises(BadInput, match=r"a\.yaml exists"):
        run("https://example.com/", "-o", str(path))
    assert path.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputFailed, match="cannot write"):
        run("https://example.com/", "-o", str(tmp_path / "no" / "a.yaml"))


@pytest.mark.parametrize(
    "url", ["ftp://a/", "https://me:pw@a/", "https://", "/etc/passwd", "http://a b/", "https://a/\x1b[31m\u202e"]
)
def test_a_url_that_cannot_be_crawled_is_refused_without_obeying_it(url: str) -> None:
    try:
        text = starter(url)
    except BadInput as error:
        text = str(error)
    else:
        assert url.startswith("https://a/")  # the one that percent-encoding makes harmless
    assert "pw" not in text
    assert text.replace("\n", "").isprintable()
