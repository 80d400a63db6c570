"""Pages that are hard on who reads them: huge, deep, full of links, in no encoding, obeyed by terminals."""

from __future__ import annotations

from tests.site.faults.registry import fault
from tests.site.wire import Answer, Asked, html

_HEAD = b"<!doctype html><title>Hard</title>"
ESCAPES = "\x1b[2J\x1b[31mred\x1b]0;owned\x07\x9b31m\u202ereversed\x00"


@fault("ok")
def tags_1000000_deep(asked: Asked) -> Answer:
    """A page of a million nested tags."""
    return Answer(_HEAD + b"<div>" * 1_000_000)


@fault("ok")
def formatting_100000_deep(asked: Asked) -> Answer:
    """A page of nested formatting elements that are closed in the wrong order."""
    return Answer(_HEAD + b"<b><i><p>" * 100_000 + b"</b></i></p>" * 1000)


@fault("ok")
def links_200000(asked: Asked) -> Answer:
    """A page of 200,000 links, out of scope by their depth."""
    return Answer(_HEAD + b"".join(b'<a href="/leaf/many/%d">x</a>' % number for number in range(200_000)))


@fault("ok")
def line_of_10_mb(asked: Asked) -> Answer:
    """A page of ten megabytes in one line."""
    return Answer(_HEAD + b"x" * 10_000_000)


@fault("ok")
def attribute_of_5_mb(asked: Asked) -> Answer:
    """A link whose href is five megabytes long."""
    return Answer(_HEAD + b"<a href='/" + b"x" * 5_000_000 + b"'>x</a>")


@fault("ok")
def attributes_100000(asked: Asked) -> Answer:
    """A tag of 100,000 attributes."""
    return Answer(_HEAD + b"<p " + b"".join(b"a%d=x " % number for number in range(100_000)) + b">")


@fault("ok")
def comment_without_end(asked: Asked) -> Answer:
    """A comment that never ends, five megabytes long."""
    return Answer(_HEAD + b"<!-- " + b"- " * 2_500_000)


@fault("ok")
def less_than_5000000(asked: Asked) -> Answer:
    """Five million times the character that begins a tag."""
    return Answer(_HEAD + b"<" * 5_000_000)


@fault("ok")
def utf_8_invalid(asked: Asked) -> Answer:
    """A page that says UTF-8 and is none."""
    return Answer(b"<title>\xff\xfe\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80</title><a href='/leaf/\xff'>x</a>")


@fault("ok")
def nuls(asked: Asked) -> Answer:
    """A page with NUL everywhere."""
    return Answer(b"\0<ti\0tle>N\0ul</title>\0<a\0 href='/leaf/nul\0'>x</a>" * 50)


@fault("ok")
def terminal_escapes_in_the_title(asked: Asked) -> Answer:
    """A title that a terminal would obey."""
    return Answer(f"<!doctype html><title>{ESCAPES}</title>".encode())


@fault("http_status")
def terminal_escapes_in_an_error(asked: Asked) -> bytes:
    """A status 500 whose reason phrase a terminal would obey."""
    reason = ESCAPES.replace("\x00", "").encode()
    return b"HTTP/1.1 410 " + reason + b"\r\nContent-Length: 0\r\n\r\n"


@fault("ok")
def hostile_hrefs(asked: Asked) -> Answer:
    """Links to schemes, hosts, ports and paths that nobody should ask for."""
    hrefs = [
        *("javascript:alert(1)", "JaVaScRiPt:x", "file:///etc/passwd", "ftp://x/", "data:text/html,x", "mailto:a@b.c"),
        *("http://", "http://[", "http://a:b@c:99999/", "http://127.0.0.1:22/ssh", "//", "///", "\\\\", "http:/\\x"),
        *("http://169.254.169.254/", "http://%00/", "http://a%0d%0ab/", "x" * 100_000, "?" * 10_000, "/%", "/%zz"),
        *(
            "\x1b[31m",
            "http://xn--a",
            "http://a..b/",
            "http://\u202e/",
            "tel:1",
            "about:blank",
            "blob:x",
            "view-source:x",
        ),
    ]
    return Answer(html("Hostile", hrefs))


@fault("ok")
def base_href_hostile(asked: Asked) -> Answer:
    """A page whose base is a script."""
    return Answer(b"<base href='javascript:alert(1)//'><title>Base</title><a href='x'>x</a>")


@fault("ok")
def no_html_at_all(asked: Asked) -> Answer:
    """Random bytes that say they are HTML."""
    return Answer(bytes(range(256)) * 4096)


@fault("ok")
def html_that_is_an_image(asked: Asked) -> Answer:
    """HTML that says it is an image."""
    return Answer(html("Image", ["/leaf/never-followed"]), content_type="image/png")


@fault("ok")
def other_type_of_8_mb(asked: Asked) -> Answer:
    """A file of eight megabytes that is no page."""
    return Answer(bytes(8_000_000), content_type="application/octet-stream")


@fault("body_too_large")
def other_type_of_20_mb(asked: Asked) -> Answer:
    """A file of twenty megabytes that is no page, its size announced."""
    return Answer(bytes(20_000_000), content_type="application/octet-stream")


@fault("body_too_large")
def page_of_20_mb_in_chunks(asked: Asked) -> Answer:
    """A page of twenty megabytes, its size not announced."""
    return Answer(_HEAD + b"x" * 20_000_000, chunked=True)
