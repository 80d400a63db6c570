from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from crawler.core.section_types import (
    Cookies,
    CrawlableUrl,
    ExistingFile,
    HeaderFields,
    PositiveDuration,
    ProxyUrl,
    SecretText,
    listed,
    one_of,
    path_template,
    problem,
    refuse,
    revealed,
    writable_file,
    writable_folder,
)

HEADERS = TypeAdapter(HeaderFields)
COOKIES = TypeAdapter(Cookies)
URL = TypeAdapter(CrawlableUrl)
FILE = TypeAdapter(ExistingFile)


def message(adapter: TypeAdapter[Any], value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    return str(caught.value.errors()[0]["msg"])


def test_a_secret_is_shown_nowhere_and_given_to_who_asks() -> None:
    secret = SecretText("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert TypeAdapter(SecretText).dump_json(secret) == b'"***"'
    assert revealed({"a": secret}) == {"a": "hunter2"}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:hunter2@proxy:3128", "http://***@proxy:3128"),
        ("http://proxy:3128", "http://proxy:3128"),
        ("http://user:hun@ter2@proxy:1/", "http://***@proxy:1/"),
    ],
)
def test_a_proxy_is_shown_without_its_credentials(url: str, shown: str) -> None:
    assert str(ProxyUrl(url)) == shown
    assert "hunter2" not in repr(ProxyUrl(url))


@pytest.mark.parametrize("name", ["A", "X-Token", "Authorization", "Cookie", "!#$%&'*+-.^_`|~1"])
def test_tokens_are_header_names(name: str) -> None:
    assert revealed(HEADERS.validate_python({name: "a b\tc"})) == {name: "a b\tc"}


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nB", "A\0", "Ä", "A(", 'A"'])
def test_anything_else_is_not_a_header_name(name: str) -> None:
    assert "is not a header name" in message(HEADERS, {name: "x"})


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        ("a\r\nX: y", "line break"),
        ("a\n", "line break"),
        ("a\rb", "line break"),
        ("a\0", "NUL"),
        ("é", "printable ASCII"),
        ("a\x1b", "printable ASCII"),
        ("a\x7f", "printable ASCII"),
    ],
)
def test_a_header_value_cannot_break_a_request_apart(value: str, phrase: str) -> None:
    said = message(HEADERS, {"A": value})
    assert phrase in said
    assert value not in said


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "CONNECTION", "User-Agent"])
def test_fields_that_belong_to_the_client_are_refused(name: str) -> None:
    assert "must not be set" in message(HEADERS, {name: "x"})


def test_one_header_under_two_spellings_is_refused() -> None:
    assert "is given twice" in message(HEADERS, {"X-A": "1", "x-a": "2"})


@pytest.mark.parametrize("value", ["a;b", "a\nb", "é"])
def test_a_cookie_cannot_break_its_header_apart(value: str) -> None:
    assert "must not hold" in message(COOKIES, {"a": value}) or "cannot be sent" in message(COOKIES, {"a": value})
    assert "is not a cookie name" in message(COOKIES, {"a=b": "c"})
    assert revealed(COOKIES.validate_python({"a": "b=c, d"})) == {"a": "b=c, d"}


def test_all_bad_entries_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        HEADERS.validate_python({"A": "hunter2\n", "B": "fine", "Host": "x", "C D": "ü", "b": "x"})
    assert [(one["ctx"]["below"], one["msg"].partition(" (")[0]) for one in caught.value.errors()] == [
        ("A", "must not hold a line break or NUL"),
        ("Host", "must not be set: the client sets it itself"),
        ("C D", "is not a header name"),
        ("C D", "holds a character that cannot be sent; allowed: printable ASCII"),
        ("b", "is given twice"),
    ]
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ValidationError) as caught:
        COOKIES.validate_python({"a": "b;c", "d e": "f", "g": "h"})
    assert [one["ctx"]["below"] for one in caught.value.errors()] == ["a", "d e"]


def test_without_problems_nothing_is_refused() -> None:
    refuse(())
    with pytest.raises(ValidationError, match="2 validation errors"):
        refuse(problem(text) for text in "ab")


def test_a_url_is_normalised() -> None:
    assert URL.validate_python(" HTTPS://Example.ORG:443/a/../b#c") == "https://example.org/b"


@pytest.mark.parametrize(
    ("url", "phrase"),
    [
        ("ftp://a/hunter2", "must begin with http:// or https://"),
        ("https://me:hunter2@a/", "use client.auth"),
        ("https:\\\\me:hunter2@a/", "use client.auth"),
        ("hunter2", "is not a complete URL"),
        ("https://hunter2 a/", "is not a complete URL"),
        ("", "is not a complete URL"),
    ],
)
def test_a_url_that_cannot_be_crawled_is_refused_and_not_shown(url: str, phrase: str) -> None:
    assert phrase in message(URL, url)
    assert "hunter2" not in message(URL, url)


def test_a_file_must_exist_and_be_readable(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert FILE.validate_python(str(tmp_path / "a")) == str(tmp_path / "a")
    assert "does not exist" in message(FILE, str(tmp_path / "b"))
    assert "names a folder" in message(FILE, str(tmp_path))
    assert "not a regular file" in message(FILE, "/dev/null")
    assert "must be a path" in message(FILE, "a\0b")


def test_a_url_is_one_url() -> None:
    assert URL.validate_python("https://a/b c") == "https://a/b%20c"
    for several in ("https://a/\nhttps://b/", "https://a/ https://b/", "https://a/,  HTTP://b/"):
        assert "must be one URL" in message(URL, several)
    assert "must name one host" in message(URL, "https://*.example.org/")


@pytest.mark.parametrize("check", [writable_file, path_template("name"), FILE.validate_python])
@pytest.mark.parametrize("path", ["a" * 256, "b/" + "ä" * 128])
def test_a_name_that_no_file_can_have_is_refused(check: Callable[[str], str], path: str) -> None:
    with pytest.raises(ValueError, match="more than 255 bytes"):
        check(path)


def test_a_file_to_write_is_no_folder_and_below_folders_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for good in ("a", "a/b/{started}", str(tmp_path / "new/file"), str(tmp_path / "file"), "/dev/null", "-"):
        assert writable_file(good) == good
    for bad, words in {
        str(tmp_path): "must name a file, not a folder",
        "a/": "must name a file",
        str(tmp_path / "file/x"): "is no folder",
        str(tmp_path / "file/{name}/x"): "is no folder",
        str(tmp_path / "dangling/x"): "is no folder",
        "~/x": "only a shell replaces",
        " ": "must be a path",
    }.items():
        with pytest.raises(ValueError, match=words):
            writable_file(bad)


def test_a_folder_to_write_may_be_missing_but_is_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert writable_folder(str(tmp_path / "a/b")) == str(tmp_path / "a/b")
    assert writable_folder(str(tmp_path)) == str(tmp_path)
    for bad in ("file", "file/{name}"):
        with pytest.raises(ValueError, match="folder"):
            writable_folder(str(tmp_path / bad))


def test_names_come_from_a_table() -> None:
    check = one_of({"b": 1, "a": 2}, later=("c",))
    assert check("a") == "a"
    with pytest.raises(ValueError, match="c is not available yet"):
        check("c")
    with pytest.raises(ValueError, match="is not a known name") as caught:
        check("d")
    assert caught.value.context == {  # type: ignore[attr-defined]
        "text": "is not a known name",
        "allowed": ["a", "b"],
        "given": "d",
    }


def test_templates_know_their_placeholders() -> None:
    check = path_template("name", doubled=True)
    assert check("a/{name}/{{x}}") == "a/{name}/{{x}}"
    for bad in ("{nmae}", "{", "a}", "", " ", "a\0", "{name", "{name!r}"):
        with pytest.raises(ValueError, match=r"must be a path|allowed: \{name\}"):
            check(bad)
    with pytest.raises(ValueError, match="allowed"):
        path_template("name")("{{x}}")


def test_single_values_become_lists() -> None:
    assert (listed("a"), listed(["a"]), listed(None)) == (["a"], ["a"], None)


def test_a_positive_duration_is_more_than_zero() -> None:
    assert TypeAdapter(PositiveDuration).validate_python("10ms") == 0.01
    with pytest.raises(ValidationError):
        TypeAdapter(PositiveDuration).validate_python("0s")
