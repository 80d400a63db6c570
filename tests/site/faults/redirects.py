"""Redirects that lead nowhere, in circles, or where nobody should be led; and Retry-After in every form."""

from __future__ import annotations

from tests.site.faults.registry import add, fault
from tests.site.wire import Answer, Asked, html


def moved(location: str, status: int = 302, *more: tuple[str, str]) -> Answer:
    """A redirect to `location`."""
    return Answer(html("Moved"), status, (("Location", location), *more))


LOCATIONS: dict[str, tuple[str, str]] = {  # what the record says, and the Location field
    "javascript": ("unsupported_scheme", "javascript:alert(1)"),
    "file": ("unsupported_scheme", "file:///etc/passwd"),
    "ftp": ("unsupported_scheme", "ftp://127.0.0.1/x"),
    "data": ("unsupported_scheme", "data:text/html,<title>x</title>"),
    "gopher": ("unsupported_scheme", "gopher://127.0.0.1:70/"),
    "mailto": ("unsupported_scheme", "mailto:a@b.test"),
    "broken-url": ("redirect_refused", "http://["),
    "port-99999": ("redirect_refused", "http://127.0.0.1:99999/"),
    "no-host": ("redirect_refused", "http:///"),
    "host-with-a-space": ("redirect_refused", "http://a b/"),
    "empty-location": ("too_many_redirects", ""),
    "fragment-alone": ("too_many_redirects", "#top"),
    "private": ("private_address", "http://10.0.0.1/"),
    "private-decimal": ("private_address", "http://167772162/"),
    "private-hex": ("private_address", "http://0x0a000003/"),
    "private-octal": ("private_address", "http://012.0.0.04/"),
    "private-short": ("private_address", "http://10.5/"),
    "private-mapped": ("private_address", "http://[::ffff:10.0.0.6]/"),
    "private-mapped-hex": ("private_address", "http://[::ffff:a00:7]/"),
    "private-nat64": ("private_address", "http://[64:ff9b::10.0.0.8]/"),
    "private-6to4": ("private_address", "http://[2002:a00:9::1]/"),
    "private-compatible": ("private_address", "http://[::10.0.0.10]/"),
    "private-with-a-dot": ("private_address", "http://10.0.0.11./"),
    "private-full-width": ("private_address", "http://\xef\xbc\x91\xef\xbc\x90.0.0.12/"),  # UTF-8 of １０
    "private-percent-encoded": ("private_address", "http://%31%30.0.0.13/"),
    "unique-local": ("private_address", "http://[fd00::1]/"),
    "loopback": ("private_address", "http://127.9.9.9/"),
    "loopback-ipv6": ("private_address", "http://[::1]/"),
    "localhost": ("private_address", "http://localhost/"),
    "this-host": ("private_address", "http://0.0.0.0/"),
    "this-host-short": ("private_address", "http://0/x"),
    "link-local": ("private_address", "http://[fe80::1]/"),
    "metadata": ("private_address", "http://169.254.169.254/latest/meta-data/"),
    "metadata-decimal": ("private_address", "http://2852039166/latest/user-data/"),
    "metadata-ipv6": ("private_address", "http://[fd00:ec2::254]/latest/meta-data/"),
    "shared-space": ("private_address", "http://100.64.0.1/"),
    "multicast": ("private_address", "http://224.0.0.1/"),
    "broadcast": ("private_address", "http://255.255.255.255/"),
    "spaces": ("ok", "  /leaf/spaces around  "),
    "non-ascii": ("ok", "/leaf/caf\xe9"),
    "relative": ("ok", "../leaf/relative"),
    "query-alone": ("ok", "?leaf"),
    "two-slashes": ("ok", "//{host}/leaf/two-slashes"),
    "backslashes": ("ok", "\\\\{host}\\leaf\\backslashes"),
    "dots": ("ok", "/../../leaf/./x/../dots"),
    "credentials": ("redirect_refused", "http://user:geheim@{host}/leaf/credentials"),
    "another-host": ("ok", "http://127.0.0.2:{port}/leaf/another-host"),
}


def _moving(location: str) -> object:
    def answer(asked: Asked) -> Answer:
        if location == "?leaf" and asked.query:
            return Answer(html("Arrived"))
        return moved(location.replace("{host}", asked.host).replace("{port}", asked.host.rpartition(":")[2]))

    return answer


for _name, (_ends, _location) in LOCATIONS.items():
    add(f"redirect-{_name}", _ends, f"Redirects to `{_location}`", _moving(_location))

for _status in (300, 304, 305, 306):
    add(
        f"redirect-by-{_status}", "http_status", f"Sends a Location with status {_status}, which orders no redirect",
        lambda asked, status=_status: moved("/leaf/never", status),
    )  # fmt: skip


@fault("too_many_redirects")
def redirect_to_itself(asked: Asked) -> Answer:
    """Redirects to itself."""
    return moved(asked.target)


@fault("too_many_redirects")
def redirect_loop(asked: Asked) -> Answer:
    """Redirects in a circle of two."""
    return moved("/fault/redirect-loop" if asked.query else "/fault/redirect-loop?2")


@fault("too_many_redirects")
def redirect_without_end(asked: Asked) -> Answer:
    """Redirects to a new URL each time."""
    return moved(f"/fault/redirect-without-end?{int(asked.query or 0) + 1}")


@fault("ok")
def redirect_to_itself_with_a_cookie(asked: Asked) -> Answer:
    """Redirects to itself until its cookie comes back."""
    if "seen=1" in asked.headers.get("cookie", ""):
        return Answer(html("Let in"))
    return moved(asked.target, 302, ("Set-Cookie", "seen=1"))


@fault("http_status")
def redirect_without_location(asked: Asked) -> Answer:
    """Sends 302 without a Location."""
    return Answer(html("Nowhere"), 302)


@fault("protocol")
def redirect_with_nul(asked: Asked) -> Answer:
    """Sends a Location with NUL in it."""
    return moved("/leaf/a\0b")


@fault("too_many_redirects")
def redirect_with_two_locations(asked: Asked) -> Answer:
    """Sends two Locations, of which the first counts."""
    return moved(asked.target, 302, ("Location", "/leaf/second"))


RETRY_AFTER = {
    "huge": ("retry_after_too_long", "99999999999999999999999999"),
    "an-hour": ("retry_after_too_long", "3600"),
    "far-date": ("retry_after_too_long", "Fri, 31 Dec 9999 23:59:59 GMT"),
    "far-date-rfc850": ("retry_after_too_long", "Friday, 31-Dec-49 23:59:59 GMT"),
    "past-date": ("http_status", "Wed, 21 Oct 2015 07:28:00 GMT"),
    "zero": ("http_status", "0"),
    "negative": ("http_status", "-5"),
    "fraction": ("http_status", "1.5"),
    "junk": ("http_status", "soon"),
    "impossible-date": ("http_status", "Fri, 99 Foo 2015 99:99:99 GMT"),
    "empty": ("http_status", ""),
}
for _name, (_ends, _value) in RETRY_AFTER.items():
    add(
        f"retry-after-{_name}", _ends, f"Sends 503 with `Retry-After: {_value}`",
        lambda asked, value=_value: Answer(html("Busy"), 503, (("Retry-After", value),)),
    )  # fmt: skip
