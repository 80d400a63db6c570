"""A run goes on with the records it began with, or says what has changed."""

from __future__ import annotations

import pytest

from crawler.core.errors import BadInput
from crawler.sinks.files.form import Form, check_form, form_of, not_as_begun
from crawler.sinks.files.writing import Position

PLAIN = form_of("jsonl", ["url", "links"], links=False, body="none")


def position_of(form: Form | None, path: str = "out/a") -> Position:
    return Position.read(Position(path, 0, "none", 0, form=form).write())


def test_the_same_form_goes_on() -> None:
    check_form(position_of(PLAIN), dict(PLAIN), "none")


def test_an_earlier_version_said_nothing_of_its_form_but_of_compression() -> None:
    check_form(position_of(None), PLAIN, "none")
    with pytest.raises(BadInput, match="with compress: none, and output has compress: gzip now"):
        check_form(position_of(None), PLAIN, "gzip")


@pytest.mark.parametrize(
    ("form", "before", "now"),
    [
        (form_of("csv", ["url"], links=True), "type: jsonl", "type: csv"),
        (form_of("warc", ()), "type: jsonl", "type: warc"),
        (form_of("jsonl", ["url", "links"], links=True, body="none"), "links: false", "links: true"),
        (
            form_of("jsonl", ["url", "links", "body"], links=True, body="html"),
            *("links: false, body: none", "links: true, body: html"),
        ),
        (form_of("jsonl", ["url", "links", "new"], links=False, body="none"), "2 keys", r"3 keys \(new\)"),
        (form_of("jsonl", ["links", "url"], links=False, body="none"), "2 keys", r"2 keys \(in another order\)"),
    ],
)
def test_what_has_changed_is_said_with_what_to_do(form: Form, before: str, now: str) -> None:
    said = f"writes to out/a with {before}, and output has {now} now; keep output as it was .*--fresh"
    with pytest.raises(BadInput, match=said):
        check_form(position_of(PLAIN), form, "none")


def test_an_output_is_named_as_people_know_it() -> None:
    with pytest.raises(BadInput, match=r"writes to a\.parquet with"):
        check_form(position_of(PLAIN, "a.parquet.journal"), form_of("csv", ()), "none")
    assert "writes to standard output with" in str(not_as_begun("-", "path: -", "path: a"))
