"""The text of elements in one line and in lines."""

from __future__ import annotations

import pytest

from crawler.extractors.values.layout import folded, laid_out
from crawler.extractors.values.nodes import events
from tests.unit.extractors.documents import html


def both(markup: str) -> tuple[str, str]:
    """The text of a page in one line, and in lines."""
    root = html(markup).root
    return folded(events(root)), laid_out(events(root))


@pytest.mark.parametrize(
    ("markup", "line", "lines"),
    [
        ("a <b>b</b>c", "a bc", "a bc"),
        ("  a \n\t b  ", "a b", "a b"),
        ("a\u00a0b", "a b", "a\u00a0b"),
        ("<div>a</div><div>b</div>c", "a b c", "a\nb\nc"),
        ("<div>a<div>b</div></div>c", "a b c", "a\nb\nc"),
        ("<p>a<p>b", "a b", "a\n\nb"),
        ("<h1>a</h1><p>b</p><ul><li>c<li>d</ul>", "a b c d", "a\n\nb\n\nc\nd"),
        ("a<br>b<br><br>c", "a b c", "a\nb\n\nc"),
        ("a <br> b", "a b", "a \nb"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a b c d", "a\tb\nc\td"),
        ("<pre>a\n  b\n</pre>c", "a b c", "a\n  b\n\nc"),
        ("<pre>  a\n  b</pre>", "a b", "  a\n  b"),
        ("<span>a </span> <span>b</span>", "a b", "a b"),
        (
            "<title>no</title><script>no</script><style>no</style>a<noscript>no</noscript><template>no</template>",
            "a",
            "a",
        ),
        ("", "", ""),
    ],
)
def test_blocks_part_words_and_make_lines(markup: str, line: str, lines: str) -> None:
    assert both(markup) == (line, lines)
