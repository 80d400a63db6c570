"""RFC 9309 2.2.1 and 2.2.4: which lines of robots.txt speak to whom."""

from __future__ import annotations

import pytest

from crawler.politeness.groups import MAX_ROBOTS_BYTES, read_group


def values(text: str | bytes, token: str = "ExampleBot") -> list[str]:
    body = text.encode() if isinstance(text, str) else text
    group, _ = read_group(body, token)
    return [("+" if allow else "-") + value.decode("latin-1") for allow, value in group.rules]


@pytest.mark.parametrize("name", ["ExampleBot", "examplebot", "EXAMPLEBOT", "ExampleBot/2.1", "ExampleBot  # us"])
def test_product_tokens_are_compared_without_case_and_version_2_2_1(name: str) -> None:
    assert values(f"User-agent: *\nDisallow: /\n\nUser-agent: {name}\nDisallow: /own\n") == ["-/own"]


@pytest.mark.parametrize("name", ["Example", "ExampleBot2", "ExampleBot-News", "Bot", "xExampleBot", "ExampleBot*", ""])
def test_a_token_is_matched_whole_2_2_1(name: str) -> None:
    assert values(f"User-agent: {name}\nDisallow: /other\n\nUser-agent: *\nDisallow: /all\n") == ["-/all"]


def test_all_groups_of_one_token_are_merged_in_order_2_2_1() -> None:
    text = "User-agent: a\nDisallow: /1\nUser-agent: b\nDisallow: /2\n\nUser-agent: A\nAllow: /3\n"
    assert values(text, "a") == ["-/1", "+/3"]
    text = "User-agent: *\nDisallow: /1\nUser-agent: b\nDisallow: /2\n\nUser-agent: *\nAllow: /3\n"
    assert values(text, "a") == ["-/1", "+/3"]


def test_consecutive_user_agent_lines_share_one_group_2_2_1() -> None:
    text = "User-agent: a\n\n# remark\nUser-agent: b\nDisallow: /both\nUser-agent: c\nDisallow: /c\n"
    assert values(text, "a") == values(text, "b") == ["-/both"]
    assert values(text, "c") == ["-/c"]


def test_the_star_group_is_for_those_that_no_group_names_2_2_1() -> None:
    text = "User-agent: *\nDisallow: /all\nUser-agent: ExampleBot\nDisallow:\n"
    assert values(text) == ["-"]
    assert values(text, "other") == ["-/all"]
    assert values("User-agent: *\nDisallow: /all\n\nUser-agent: ExampleBot\n") == []


def test_without_a_matching_group_nothing_is_said_2_2_1() -> None:
    assert values("User-agent: other\nDisallow: /\n") == []


def test_rules_before_any_user_agent_line_belong_to_nobody_2_1() -> None:
    assert values("Disallow: /lost\nUser-agent: *\nDisallow: /kept\n") == ["-/kept"]


@pytest.mark.parametrize("other", ["Sitemap: https://e/s.xml", "Crawl-delay: 3", "Host: e", "what", "Noindex: /a", ":"])
def test_other_records_do_not_end_a_group_2_2_4(other: str) -> None:
    text = f"User-agent: a\n{other}\nUser-agent: b\nDisallow: /1\n{other}\nDisallow: /2\n"
    assert values(text, "a") == values(text, "b") == ["-/1", "-/2"]


@pytest.mark.parametrize("key", ["Dissallow", "Disallowed", "Disallow x", "x Disallow", "Disallow/", "User agent"])
def test_only_the_names_of_the_standard_are_rules_2_2(key: str) -> None:
    assert values(f"User-agent: *\n{key}: /a\nDisallow: /b\n") == ["-/b"]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_end_in_cr_lf_or_both_2_2(end: str) -> None:
    lines = ["User-Agent : *", "\tDISALLOW\t:\t/a b \t# why", "allow:/c", "Disallow: /d"]
    assert values(end.join(lines)) == ["-/a b", "+/c", "-/d"]


@pytest.mark.parametrize("octet", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\x00"])
def test_nothing_else_ends_a_line_2_2(octet: str) -> None:
    text = f"User-agent: *\nDisallow: /a{octet}Allow: /\n# remark{octet}Disallow: /b\n"
    assert len(values(text)) == 1


def test_a_byte_order_mark_is_skipped() -> None:
    assert values(b"\xef\xbb\xbfUser-agent: *\nDisallow: /a\n") == ["-/a"]


def test_bad_octets_spoil_only_their_own_line() -> None:
    body = b"# caf\xe9 \xff\xfe\x00\nUser-agent: *\n\xff\xfeDisallow: /x\nDisallow: /\xe9\x00 # \xc3\nAllow: /ok\n\xf0"
    assert values(body) == ["-/é\x00", "+/ok"]


def test_at_least_500_kib_are_read_and_the_cut_is_at_a_line_end_2_5() -> None:
    filler = b"# filler\n" * (500 * 1024 // 9)
    assert values(b"User-agent: *\n" + filler + b"Disallow: /late\n") == ["-/late"]
    head = b"User-agent: *\nDisallow: /first\n"
    rest = b"Disallow: /" + b"a" * MAX_ROBOTS_BYTES
    assert values(head + rest) == ["-/first"]
    assert values(rest) == []


def test_crawl_delay_is_that_of_the_own_group() -> None:
    text = b"User-agent: *\nCrawl-delay: 9\nUser-agent: z\nDisallow: /\n\nUser-agent: a\nCrawl-delay: 2.5 # s\n"
    assert read_group(text, "a")[0].crawl_delay_s == 2.5
    assert read_group(text, "x")[0].crawl_delay_s == 9
    assert read_group(text, "z")[0].crawl_delay_s is None
    assert read_group(b"Crawl-delay: 4\nUser-agent: *\nDisallow:\n", "a")[0].crawl_delay_s is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0.0), (".5", 0.5), ("3.", 3.0), ("007", 7.0), ("9" * 400, 86400.0)]
    + [(bad, None) for bad in ("-1", "+1", "nan", "inf", "1e3", "1_0", "0x10", "5s", "1,5", "ten", "", "1 2", "٣")],
)
def test_a_crawl_delay_is_a_plain_number_or_ignored(value: str, seconds: float | None) -> None:
    assert read_group(f"User-agent: *\nCrawl-delay: {value}\nDisallow: /".encode(), "a")[0].crawl_delay_s == seconds


def test_of_several_crawl_delays_the_longest_holds() -> None:
    text = b"User-agent: *\nCrawl-delay: 2\nCrawl-delay: 7\nCrawl-delay: x\nCrawl-delay: 3\n"
    assert read_group(text, "a")[0].crawl_delay_s == 7


def test_sitemap_lines_count_wherever_they_stand_2_2_4() -> None:
    text = (
        "Sitemap: https://e.org/1.xml\nUser-agent: other\nDisallow: /\nSITEMAP:https://e.org/2.xml # two\n"
        "sitemap:\nsitemap : /ü.xml\nSitemap: https://e.org/1.xml\n"
    )
    assert read_group(text.encode(), "a")[1] == ("https://e.org/1.xml", "https://e.org/2.xml", "/ü.xml")


@pytest.mark.parametrize("token", ["", "*"])
def test_a_client_without_a_name_obeys_the_star_group(token: str) -> None:
    assert values("User-agent:\nDisallow: /none\n\nUser-agent: *\nDisallow: /all\n", token) == ["-/all"]
