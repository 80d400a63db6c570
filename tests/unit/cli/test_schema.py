from __future__ import annotations

import argparse
import json

import pytest
import yaml

from crawler.cli.schema import add_arguments, main


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return main(parser.parse_args(words))


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["properties"]["politeness"]["properties"]["delay"]["default"] == 0.5
    assert schema["additionalProperties"] is False


def test_the_same_options_are_printed_as_yaml_with_the_editors_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--format", "yaml") == 0
    text = capsys.readouterr().out
    assert text.startswith("# yaml-language-server: $schema=./schema.json\n")
    assert yaml.safe_load(text)["politeness"]["delay"] == 0.5


def test_the_same_options_are_printed_as_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--format", "markdown") == 0
    assert "| `delay` | duration | `0.5` |" in capsys.readouterr().out
