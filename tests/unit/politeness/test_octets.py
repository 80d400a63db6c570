"""RFC 9309 2.2.2: what is encoded, what is decoded, before octets are compared."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.politeness.octets import comparable_path, comparable_rule, with_encoded_query


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        ("/a%2Fb%3d", "/a%2Fb%3D"),
        ("/~a-b_c.d", "/~a-b_c.d"),
        ('/{a}|b "c"', "/%7Ba%7D%7Cb%20%22c%22"),
        ("/100%/%zz/%4", "/100%/%zz/%4"),
        ("/a*b$", "/a%2Ab%24"),
    ],
)
def test_a_path_has_one_written_form(path: str, written: str) -> None:
    assert comparable_path(path) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"/a*b$", "/a*b$"),
        (b"/a$b", "/a%24b"),
        (b"/a$$", "/a%24$"),
        (b"/a%2A%24", "/a%2A%24"),
        ("/ツ".encode(), "/%E3%83%84"),
        (b"/\xff\x00", "/%FF%00"),
        (b"*.gif", "*.gif"),
        (b"", None),
        (b"private", None),
        (b"$", None),
        (b"https://example.org/", None),
    ],
)
def test_a_rule_keeps_its_special_characters_only_where_they_are_special(value: bytes, written: str | None) -> None:
    assert comparable_rule(value) == written


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_writing_a_path_twice_changes_nothing(text: str) -> None:
    once = comparable_path("/" + text)
    assert once.isascii()
    assert comparable_path(once) == once


@settings(deadline=None)
@given(st.text(alphabet="ab/%~.é2F?=", max_size=20))
def test_a_path_and_a_rule_of_the_same_octets_are_written_alike(text: str) -> None:
    assert comparable_path("/" + text) == comparable_rule(f"/{text}".encode())


def test_delimiters_in_a_query_are_encoded_and_those_of_the_path_are_not() -> None:
    assert with_encoded_query("/a:b/c?baz=https://foo.bar?&x=*$") == "/a:b/c?baz=https%3A%2F%2Ffoo.bar%3F&x=*$"
    assert with_encoded_query("/a:b/c") == "/a:b/c"
