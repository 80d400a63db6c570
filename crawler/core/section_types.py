"""Types that YAML sections of several rooms share: names from a table, header fields, secrets, URLs, file paths."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, Secret, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from crawler.core.errors import UnusableUrl
from crawler.core.pattern import compile_pattern
from crawler.core.units import Duration, Size
from crawler.core.url import hostname_of, normalise

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110 5.5, without obs-text: clients encode that differently
_COOKIE_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")  # RFC 6265 4.1.1, lenient as browsers are; never ";"
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_MANAGED_FIELDS = frozenset(
    (
        *("connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    )
)
_URL_PROBLEMS = {
    "scheme": "must begin with http:// or https://",
    "credentials": "must not hold a user name or password; use client.auth",
}
_SEVERAL_URLS = re.compile(r"\S[\t ]*[\r\n]\s*\S|\S\s+https?://", re.IGNORECASE)
_MOST_PEM_BYTES = 16 << 20
_MOST_NAME_BYTES = 255  # of one file or folder on all common file systems


class SecretText(Secret[str]):
    """Text that no dump, log or message shows; `get_secret_value()` gives it to the one who sends it."""

    def _display(self) -> str:
        return "***"


class ProxyUrl(Secret[str]):
    """A proxy's URL, shown without its user name and password."""

    def _display(self) -> str:
        return re.sub(r"//.*@", "//***@", self.get_secret_value())


def problem(text: str, **context: Any) -> PydanticCustomError:
    """The error that a validator raises: `text` is said behind the key's name, as in "must be at least 1".

    context: `allowed` (a list of names), `given` (for a suggestion; never shown), `below` (a key or index inside the
    value, where the mistake is), `at` (another top-level key that the mistake is about), `hint`.
    """
    return PydanticCustomError("problem", "{text}", {"text": text, **context})


def refuse(problems: Iterable[PydanticCustomError]) -> None:
    """Raises what tells all of `problems` in one go; nothing if there are none."""
    if found := [InitErrorDetails(type=one, input=None) for one in problems]:
        raise ValidationError.from_exception_data("problems", found)


def not_available_yet(what: str) -> PydanticCustomError:
    """The error for a documented option whose time has not come."""
    return problem(f"{what} is not available yet")


def one_of(names: Iterable[str], later: Iterable[str] = ()) -> Callable[[str], str]:
    """A validator for names listed in `names`; those in `later` are refused as not available yet."""
    allowed = sorted(names)

    def check(value: str) -> str:
        if value in later:
            raise not_available_yet(value)
        if value not in allowed:
            raise problem("is not a known name", allowed=allowed, given=value)
        return value

    return check


def listed(value: Any) -> Any:
    """A list around a single value; lists and null are returned as they are."""
    return value if isinstance(value, list | tuple) or value is None else [value]


def revealed(fields: Mapping[str, SecretText]) -> dict[str, str]:
    """Header fields or cookies in plain text, for the client that sends them."""
    return {name: value.get_secret_value() for name, value in fields.items()}


def crawlable_url(url: str) -> str:
    """`url` normalised. Raises PydanticCustomError with a text that never shows the URL, which may hold a secret."""
    if _SEVERAL_URLS.search(url):  # the URL parser would join the lines, and take a blank for a part of the path
        raise problem("must be one URL; write several as a list, each behind a dash of its own")
    try:
        normalised = normalise(url)
    except UnusableUrl as error:
        raise problem(_URL_PROBLEMS.get(error.reason, "is not a complete URL such as https://example.org/")) from None
    if "*" in hostname_of(normalised):
        raise problem("must name one host; a pattern such as *.example.org belongs in scope.hosts")
    return normalised


def header_fields(fields: dict[str, SecretText]) -> dict[str, SecretText]:
    """Header fields that cannot break a request apart (RFC 9110 5). Raises ValidationError with all that is wrong."""
    refuse(_header_problems(fields))
    return fields


def cookie_pairs(cookies: dict[str, SecretText]) -> dict[str, SecretText]:
    """Cookies that cannot break the Cookie header apart (RFC 6265 4.1.1). Raises ValidationError likewise."""
    refuse(_cookie_problems(cookies))
    return cookies


def _header_problems(fields: Mapping[str, SecretText]) -> Iterator[PydanticCustomError]:
    earlier: set[str] = set()
    for name, value in fields.items():
        lower = name.lower()
        if not _TOKEN.fullmatch(name):
            yield problem("is not a header name (letters, digits and -)", below=name)
        if lower in _MANAGED_FIELDS:
            yield problem("must not be set: the client sets it itself", below=name)
        if lower == "user-agent":
            yield problem("must not be set here: robots.txt is matched with client.user_agent", below=name)
        if lower in earlier:
            yield problem("is given twice (upper and lower case are the same)", below=name)
        earlier.add(lower)
        yield from _text_problems(name, value, _FIELD_VALUE)


def _cookie_problems(cookies: Mapping[str, SecretText]) -> Iterator[PydanticCustomError]:
    for name, value in cookies.items():
        if not _TOKEN.fullmatch(name):
            yield problem("is not a cookie name", below=name)
        yield from _text_problems(name, value, _COOKIE_VALUE)


def _text_problems(name: str, value: SecretText, pattern: re.Pattern[str]) -> Iterator[PydanticCustomError]:
    text = value.get_secret_value()
    if re.search(r"[\r\n\0]", text):
        yield problem("must not hold a line break or NUL", below=name)
    elif not pattern.fullmatch(text):
        yield problem("holds a character that cannot be sent; allowed: printable ASCII", below=name)


def usable_pattern(text: str) -> str:
    """`text`, if it is a regular expression. Raises PydanticCustomError."""
    try:
        compile_pattern(text)
    except ValueError as error:
        hint = "a regular expression is no shell pattern: .* stands for anything" if text[:1] in ("*", "?") else ""
        raise problem(f"is not a regular expression that can be used: {error}", hint=hint) from None
    return text


def _existing_file(path: str) -> str:
    _check_path(path)
    if not os.path.exists(path):
        raise problem("names a file that does not exist (seen from the current folder)")
    if os.path.isdir(path):
        raise problem("names a folder, not a file")
    if not os.path.isfile(path):
        raise problem("names something that is not a regular file")
    if not os.access(path, os.R_OK):
        raise problem("names a file that cannot be read (no permission)")
    return path


def _certificates(path: str) -> str:
    with open(path, "rb") as file:
        if b"-----BEGIN" not in file.read(_MOST_PEM_BYTES):
            raise problem("names a file without certificates in PEM form (-----BEGIN CERTIFICATE-----)")
    return path


def writable_file(path: str) -> str:
    """A path at which a file, pipe or device may be written, as far as can be seen now; placeholders are not filled in.

    Raises PydanticCustomError.
    """
    _check_path(path)
    _check_folders(path)
    if path.endswith("/") or os.path.isdir(path):
        raise problem("must name a file, not a folder")
    return path


def writable_folder(path: str) -> str:
    """A path at which a folder is or may be made, as far as can be seen now. Raises PydanticCustomError."""
    _check_folders(path)
    if os.path.lexists(path) and not os.path.isdir(path):
        raise problem("must name a folder, and something else is there")
    return path


def _check_path(path: str) -> None:
    if not path.strip() or "\0" in path:
        raise problem("must be a path")
    if path == "~" or path.startswith("~/"):
        raise problem("begins with ~, which only a shell replaces; write ${HOME} instead")
    if any(len(part.encode(errors="replace")) > _MOST_NAME_BYTES for part in path.split("/")):
        raise problem(f"has a name of more than {_MOST_NAME_BYTES} bytes, which no file can have")


def _check_folders(path: str) -> None:
    """Looks at the folders above, from the first placeholder on up."""
    folder = os.path.dirname(path.partition("{")[0])
    while folder and not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if folder and not os.path.isdir(folder):
        raise problem("leads through something that is no folder")


def path_template(*names: str, doubled: bool = False) -> Callable[[str], str]:
    """A validator for a path with placeholders such as {name}, of which only `names` are known.

    doubled: {{ and }} are plain braces.
    """
    known = ", ".join(f"{{{name}}}" for name in names)

    def check(path: str) -> str:
        _check_path(path)
        for match in _PLACEHOLDER.finditer(path):
            if match[1] not in names and not (doubled and match[0] in ("{{", "}}")):
                raise problem(f"has a placeholder that is not known; allowed: {known}")
        return path

    return check


PositiveDuration = Annotated[Duration, Field(gt=0)]
PositiveSize = Annotated[Size, Field(gt=0)]
CrawlableUrl = Annotated[
    str, AfterValidator(crawlable_url), Field(json_schema_extra={"pattern": "^\\s*[hH][tT][tT][pP]"})
]
RegularExpression = Annotated[str, AfterValidator(usable_pattern)]
ExistingFile = Annotated[str, AfterValidator(_existing_file)]
CertificateFile = Annotated[ExistingFile, AfterValidator(_certificates)]
WritableFile = Annotated[str, AfterValidator(writable_file)]
HeaderFields = Annotated[dict[str, SecretText], AfterValidator(header_fields)]
Cookies = Annotated[dict[str, SecretText], AfterValidator(cookie_pairs)]
