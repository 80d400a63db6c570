"""Bodies: every coding in any cutting, bounded output, and what counts as broken."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import tracemalloc
import zlib
from collections.abc import Iterable

import brotli
import pytest

from crawler.clients.body import TURN_BYTES, Body
from crawler.core.errors import FetchFailed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIB = 1024 * 1024
TEXT = b"".join(b"<p>%d</p>" % n for n in range(20_000)) + os.urandom(5000)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACK = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
FORMS = {name: (name, pack(TEXT)) for name, pack in PACK.items()} | {
    "raw deflate": ("deflate", raw_deflate(TEXT)),
    "gzip members": ("gzip", b"".join(gzip.compress(TEXT[n : n + 7000]) for n in range(0, len(TEXT), 7000))),
    "zstd frames": ("zstd", b"".join(zstd.compress(TEXT[n : n + 7000]) for n in range(0, len(TEXT), 7000))),
    "three": ("gzip, br, zstd", zstd.compress(brotli.compress(gzip.compress(TEXT)))),
}


def read(body: Body, parts: Iterable[bytes]) -> bytes:
    """What `body` makes of `parts`."""
    for part in parts:
        more = body.take(part)
        while more:
            more = body.go_on()
    body.finish()
    return body.content()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[n : n + size] for n in range(0, len(data), size)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 1000, 10 * MIB])
def test_codings_are_undone_however_the_bytes_arrive(form: str, size: int) -> None:
    coding, data = FORMS[form]
    body = Body([coding], MIB, keep=True)
    assert read(body, cut(data, size)) == TEXT
    assert (body.size, body.bytes_received) == (len(TEXT), len(data))
    assert body.digest() == hashlib.sha256(TEXT).hexdigest()


@pytest.mark.parametrize("form", FORMS)
def test_a_stream_that_ends_early_is_broken(form: str) -> None:
    coding, data = FORMS[form]
    with pytest.raises(FetchFailed, match=r"of the body (ends too early|is broken)$") as caught:
        read(Body([coding], MIB, keep=True), [data[:-6]])
    assert caught.value.type == "decoding"


@pytest.mark.parametrize("coding", PACK)
def test_a_plain_body_that_claims_a_coding_is_broken_and_an_empty_one_is_empty(coding: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        read(Body([coding], MIB, keep=True), [b"<html>plain</html>"])
    assert caught.value.type == "decoding"
    assert read(Body([coding], MIB, keep=True), []) == b""


@pytest.mark.parametrize("garbage", [b"\0" * 50, b"garbage", b"\x1f", b"\x1fx"])
@pytest.mark.parametrize("size", [1, 10 * MIB])
def test_what_follows_gzip_and_is_none_is_ignored(garbage: bytes, size: int) -> None:
    assert read(Body(["gzip"], MIB, keep=True), cut(gzip.compress(TEXT) + garbage, size)) == TEXT


@pytest.mark.parametrize("fields", [["utf-8"], ["none"], ["gzip, utf-8"], [""], ["identity"], ["aws-chunked"]])
def test_codings_that_nobody_knows_leave_the_body_as_it_is(fields: list[str]) -> None:
    assert read(Body(fields, MIB, keep=True), [TEXT]) == TEXT


def test_several_fields_are_one_list() -> None:
    data = brotli.compress(gzip.compress(TEXT))
    assert read(Body(["GZIP", " Br "], MIB, keep=True), [data]) == TEXT


def test_too_many_codings_are_refused() -> None:
    with pytest.raises(FetchFailed, match="more than 4 codings"):
        Body(["gzip," * 5], MIB, keep=True)


@pytest.mark.parametrize("coding", ["", *PACK])
def test_the_limit_is_exact(coding: str) -> None:
    data = PACK.get(coding, bytes)(TEXT)
    assert read(Body([coding], len(TEXT), keep=True), [data]) == TEXT
    with pytest.raises(FetchFailed) as caught:
        read(Body([coding], len(TEXT) - 1, keep=True), [data])
    assert (caught.value.type, caught.value.message) == ("body_too_large", f"body longer than {len(TEXT) - 1} bytes")


@pytest.mark.parametrize("coding", ["", *PACK, "gzip, br", "zstd, gzip"])
@pytest.mark.parametrize("enough", [0, 1, 70_000, len(TEXT) - 1])
@pytest.mark.parametrize("size", [1000, 10 * MIB])
def test_a_body_of_which_some_is_enough_is_cut_there(coding: str, enough: int, size: int) -> None:
    data = TEXT
    for name in filter(None, coding.split(", ")):
        data = PACK[name](data)
    body = Body([coding], enough, keep=True, cut=True)
    assert read(body, cut(data, size)) == TEXT[:enough]
    assert (body.size, body.is_cut) == (enough, True)


@pytest.mark.parametrize("coding", ["", *PACK])
def test_a_body_that_fits_is_not_cut_and_must_be_whole(coding: str) -> None:
    data = PACK.get(coding, bytes)(TEXT)
    body = Body([coding], len(TEXT), keep=True, cut=True)
    assert (read(body, [data]), body.is_cut) == (TEXT, False)
    if coding:
        with pytest.raises(FetchFailed, match=r"ends too early|is broken"):
            read(Body([coding], len(TEXT), keep=True, cut=True), [data[:-6]])


def nested(codings: str, size: int) -> bytes:
    data = bytes(size)
    for coding in codings.split(", "):
        data = brotli.compress(data, quality=4) if coding == "br" else PACK[coding](data)
    return data


@pytest.mark.parametrize(
    "codings", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "zstd, br, gzip", "br, zstd, br, gzip"]
)
@pytest.mark.parametrize("keep", [True, False])
def test_a_bomb_takes_no_more_memory_than_its_limit(codings: str, keep: bool) -> None:
    data = nested(codings, 16 * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(FetchFailed) as caught:
            read(Body([codings], MIB, keep=keep), [data])
        assert tracemalloc.get_traced_memory()[1] < (2 * MIB if keep else MIB)
    finally:
        tracemalloc.stop()
    assert caught.value.type == "body_too_large"


def test_coded_bytes_that_stand_for_nothing_are_bounded_too() -> None:
    for coding, nothing, expected in [
        ("gzip", gzip.compress(b"") * 1000, "decoding"),
        ("zstd", zstd.compress(b"") * 1000, "body_too_large"),
    ]:
        body = Body([coding], 10_000, keep=True)
        with pytest.raises(FetchFailed) as caught:
            read(body, [nothing] * 1000)
        assert (caught.value.type, body.size) == (expected, 0)
    inner = gzip.compress(zstd.compress(b"") * 1_000_000)
    with pytest.raises(FetchFailed) as caught:
        read(Body(["zstd, gzip"], 10_000, keep=True), [inner])
    assert caught.value.type == "body_too_large"


def test_empty_members_between_others_are_taken() -> None:
    body = Body(["gzip"], 10_000, keep=True)
    read(body, [(gzip.compress(b"") * 900 + gzip.compress(b"x")) * 3])
    assert body.content() == b"xxx"


@pytest.mark.parametrize("early", range(-1, 4))
def test_what_follows_a_brotli_stream_is_refused_wherever_the_network_cuts(early: int) -> None:
    data = brotli.compress(TEXT)
    first, rest = (data + b"\0\0")[: len(data) - early], (data + b"\0\0")[len(data) - early :]
    with pytest.raises(FetchFailed) as caught:
        read(Body(["br"], MIB, keep=True), [first, rest])
    assert caught.value.type == "decoding"


@pytest.mark.parametrize("codings", ["gzip", "br", "zstd", "gzip, gzip"])
def test_a_long_body_is_decoded_in_turns(codings: str) -> None:
    body = Body([codings], 100 * MIB, keep=False)
    turns = [body.size] if body.take(nested(codings, 8 * MIB)) else []
    while body.go_on():
        turns.append(body.size)
    body.finish()
    steps = [later - earlier for earlier, later in zip([0, *turns], [*turns, body.size], strict=True)]
    assert body.size == 8 * MIB
    assert len(turns) >= 7
    assert max(steps) <= TURN_BYTES + 128 * 1024


def test_an_abandoned_body_holds_nothing() -> None:
    body = Body([], MIB, keep=True)
    body.take(TEXT)
    body.take(TEXT)
    body.abandon()
    assert body.content() == b""
    assert body.size == 2 * len(TEXT)
