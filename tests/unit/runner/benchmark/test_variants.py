"""Which clients are compared: those that are there, with HTTP/2 where it can be spoken."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config.model import Config
from crawler.runner.benchmark.variants import Variant, configured, installed_variants, may_use_tls


def test_without_tls_each_client_is_measured_once() -> None:
    variants = installed_variants(tls=False)
    assert {Variant("aiohttp"), Variant("httpx"), Variant("httpx2")} <= set(variants)
    assert not any(variant.http2 for variant in variants)
    assert len(set(variants)) == len(variants)


def test_with_tls_those_that_speak_http2_are_measured_both_ways() -> None:
    variants = installed_variants(tls=True)
    assert {Variant("httpx2"), Variant("httpx2", True), Variant("httpx", True)} <= set(variants)
    assert Variant("aiohttp", True) not in variants


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"seeds": ["http://a.example/", "https://b.example/"]}, True),
        ({"seeds": "http://a.example/"}, False),
        ({"seeds": "http://a.example/", "sitemaps": ["https://a.example/s.xml"]}, True),
    ],
)
def test_an_https_url_anywhere_may_mean_tls(sections: dict[str, object], expected: bool) -> None:
    assert may_use_tls(Config.model_validate(sections)) is expected


def test_a_seed_file_may_hold_https_urls(tmp_path: Path) -> None:
    (tmp_path / "seeds.txt").write_text("http://a.example/\n")
    assert may_use_tls(Config.model_validate({"seed_file": str(tmp_path / "seeds.txt")}))


def test_a_variant_is_named_as_people_say_it() -> None:
    config = Config.model_validate({"seeds": "https://a.example/", "client": {"type": "httpx2", "http2": True}})
    assert configured(config) == Variant("httpx2", True)
    assert [str(Variant("httpx2", True)), str(Variant("aiohttp"))] == ["httpx2 with HTTP/2", "aiohttp"]
