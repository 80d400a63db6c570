from __future__ import annotations

import pytest

from crawler.config.document.variables import Masks, substitute

ENVIRON = {"NAME": "value", "EMPTY": "", "DOLLAR": "${NAME}"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain $NAME $5", "plain $NAME $5"),
        ("${NAME}", "value"),
        ("a${NAME}b${NAME}", "avaluebvalue"),
        ("${NAME:-other}", "value"),
        ("${UNSET:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${EMPTY}", ""),
        ("${UNSET:-}", ""),
        ("${UNSET:-http://x:1/}", "http://x:1/"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("${DOLLAR}", "${NAME}"),
    ],
)
def test_variables_are_replaced_once(text: str, result: str) -> None:
    assert substitute(text, ENVIRON) == result


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(ValueError, match="environment variable TOKEN, which is not set"):
        substitute("a ${TOKEN} b", ENVIRON)


def test_everything_that_is_wrong_is_told_at_once_and_once() -> None:
    with pytest.raises(ValueError, match="GATEWAY_USER") as caught:
        substitute("${GATEWAY_USER}:${GATEWAY_PASSWORD}@${GATEWAY_USER}${", ENVIRON)
    assert [problem.partition(",")[0] for problem in caught.value.args] == [
        "needs the environment variable GATEWAY_USER",
        "needs the environment variable GATEWAY_PASSWORD",
        "has a ${ that is not ${NAME} or ${NAME:-default}; write $${ for the characters themselves",
    ]


@pytest.mark.parametrize("text", ["${}", "${ NAME}", "${1A}", "${NAME", "${NAME-x}", "${A:-${NAME}}", "${NAME:x}"])
def test_a_malformed_variable_is_an_error_that_shows_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"\$\{NAME:-default\}"):
        substitute(text, ENVIRON)


def test_masks_hide_braces_from_the_parser_and_bring_them_back() -> None:
    masks = Masks()
    text = "{a: ${A}, b: ${B:-{x}, c: $${C}}\n# ${D}"
    hidden = masks.hide(text)
    assert "${" not in hidden
    assert hidden.count("\n") == 1
    assert masks.restore(hidden) == text


def test_masks_leave_quoted_defaults_to_yaml() -> None:
    assert Masks().hide('"${A:-\\n}"') == '"${A:-\\n}"'


def test_a_variable_that_is_not_utf8_is_an_error() -> None:
    with pytest.raises(ValueError, match="not UTF-8"):
        substitute("${A}", {"A": "\udcff"})
