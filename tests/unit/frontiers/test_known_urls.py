"""Known URLs: exact whether they are remembered or only stored."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.frontiers.known_urls import KnownUrls
from crawler.frontiers.sqlite_store import Store


class CountingStore(Store):
    """Counts how often the database is asked."""

    asked = 0

    def known_among(self, fingerprints: list[int]) -> set[int]:  # type: ignore[override]
        self.asked += 1
        return super().known_among(fingerprints)


def a_store(folder: Path) -> CountingStore:
    store = CountingStore(folder / "frontier.sqlite")
    store.open()
    return store


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 60).map(str), max_size=9)), st.integers(1, 100))
def test_each_url_is_new_once_whatever_is_remembered(
    tmp_path_factory: object, pages: list[list[str]], generation: int
) -> None:
    store = a_store(tmp_path_factory.mktemp("known"))  # type: ignore[attr-defined]
    known, expected = KnownUrls(store, 0, generation), set[str]()
    for page in pages:
        assert known.take_new(page) == [url for url in dict.fromkeys(page) if url not in expected]
        expected.update(page)
        assert known.count == len(expected)
    store.close()


def test_while_everything_fits_in_memory_the_database_is_not_asked(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    known = KnownUrls(store, 0, 100)
    for start in range(0, 150, 10):
        known.take_new(map(str, range(start, start + 30)))
    assert store.asked == 0
    known.take_new(map(str, range(1000, 1300)))
    known.take_new(map(str, range(2000)))
    assert store.asked > 0


def test_many_links_at_once_are_asked_for_in_parts(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    KnownUrls(store, 0, 10).take_new(map(str, range(3000)))
    store.flush()
    later = KnownUrls(store, 3000, 10)
    assert later.take_new(map(str, range(4001))) == [str(number) for number in range(3000, 4001)]
    assert later.count == 4001


def test_a_claim_is_found_again_before_and_after_it_is_flushed(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    known = KnownUrls(store, 0, 1)
    known.take_new(["b"])
    assert (known.claim("t", "a"), known.claim("t", "b"), known.claim("b", "a")) == (None, "a", "b")
    store.flush()
    assert (known.claim("t", "b"), known.claim("b", "a")) == ("a", "b")


def test_duplicates_that_lead_in_a_circle_end_somewhere(tmp_path: Path) -> None:
    known = KnownUrls(a_store(tmp_path), 0, 9)
    known.take_new("abc")
    for url, of in ("ab", "bc", "ca"):  # no run leaves this behind
        known.end(url, of)
    assert known.claim("a", "d") == "a"
