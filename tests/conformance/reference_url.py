"""The URL parser of the WHATWG standard, step by step as its text has it (4.4): slow, and only there to compare with.

Host and percent-encode sets are those of 3.5 and 1.3; domains go through UTS 46 by the tables of the idna package.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace

import idna

SPECIAL = {"ftp": 21, "file": None, "http": 80, "https": 443, "ws": 80, "wss": 443}
FRAGMENT_SET = set(' "<>`')
QUERY_SET = set(' "#<>')
SPECIAL_QUERY_SET = QUERY_SET | {"'"}
PATH_SET = QUERY_SET | set("?^`{}")
USERINFO_SET = PATH_SET | set("/:;=@[\\]|")
FORBIDDEN_HOST = set("\0\t\n\r #/:<>?@[\\]^|")
FORBIDDEN_DOMAIN = FORBIDDEN_HOST | set(map(chr, range(0x20))) | {"%", "\x7f"}
ALPHA = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = set("0123456789")
SINGLE_DOT = {".", "%2e"}
DOUBLE_DOT = {"..", ".%2e", "%2e.", "%2e%2e"}


class Failure(Exception):
    """The input is no URL."""


@dataclass
class Record:
    """A URL record (4.1); an opaque path is a string, any other a list."""

    scheme: str = ""
    username: str = ""
    password: str = ""
    host: str | None = None
    port: int | None = None
    path: list[str] | str = field(default_factory=list)
    query: str | None = None
    fragment: str | None = None

    @property
    def special(self) -> bool:
        return self.scheme in SPECIAL

    def href(self) -> str:
        """The URL serializer (4.5)."""
        output = f"{self.scheme}:"
        if self.host is not None:
            output += "//"
            if self.username or self.password:
                output += self.username + (f":{self.password}" if self.password else "") + "@"
            output += self.host + ("" if self.port is None else f":{self.port}")
        elif isinstance(self.path, list) and len(self.path) > 1 and self.path[0] == "":
            output += "/."
        output += self.path if isinstance(self.path, str) else "".join(f"/{segment}" for segment in self.path)
        output += "" if self.query is None else f"?{self.query}"
        return output + ("" if self.fragment is None else f"#{self.fragment}")


def encoded(text: str, escaped: set[str]) -> str:
    """UTF-8 percent-encode (1.3); C0 controls, DEL and what is not ASCII are in every set."""
    return "".join(
        character
        if " " <= character <= "~" and character not in escaped
        else "".join(f"%{octet:02X}" for octet in character.encode())
        for character in text
    )


def percent_decoded(text: str) -> bytes:
    """Percent-decode (1.3)."""
    octets, output, at = text.encode(), bytearray(), 0
    while at < len(octets):
        digits = octets[at + 1 : at + 3]
        if octets[at] == 0x25 and len(digits) == 2 and all(chr(o) in "0123456789abcdefABCDEF" for o in digits):
            output.append(int(digits, 16))
            at += 3
        else:
            output.append(octets[at])
            at += 1
    return bytes(output)


def parse(text: str, base: str | None = None) -> Record:
    """The basic URL parser, without a state override. Raises Failure."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Machine(text, None if base is None else parse(base)).run()


class Machine:
    """One run of the state machine; each state is a method that takes a code point, or "" for the end."""

    def __init__(self, text: str, base: Record | None) -> None:
        text = text.strip("".join(map(chr, range(0x21))))
        self.text = "".join(character for character in text if character not in "\t\n\r")
        self.base = base
        self.url = Record()
        self.buffer = ""
        self.at_sign_seen = self.inside_brackets = self.password_token_seen = False
        self.pointer = 0
        self.state = self.scheme_start

    def run(self) -> Record:
        while self.pointer <= len(self.text):
            self.state(self.text[self.pointer] if self.pointer < len(self.text) else "")
            self.pointer += 1
        return self.url

    @property
    def remaining(self) -> str:
        return self.text[self.pointer + 1 :]

    def again(self, state) -> None:  # noqa: ANN001
        self.state = state
        self.pointer -= 1

    def scheme_start(self, c: str) -> None:
        if c in ALPHA:
            self.buffer += c.lower()
            self.state = self.scheme
        else:
            self.again(self.no_scheme)

    def scheme(self, c: str) -> None:
        if c and (c in ALPHA or c in DIGITS or c in "+-."):
            self.buffer += c.lower()
        elif c == ":":
            self.url.scheme, self.buffer = self.buffer, ""
            if self.url.scheme == "file":
                self.state = self.file
            elif self.url.special and self.base is not None and self.base.scheme == self.url.scheme:
                self.state = self.special_relative_or_authority
            elif self.url.special:
                self.state = self.special_authority_slashes
            elif self.remaining.startswith("/"):
                self.state = self.path_or_authority
                self.pointer += 1
            else:
                self.url.path = ""
                self.state = self.opaque_path
        else:
            self.buffer, self.pointer, self.state = "", -1, self.no_scheme

    def no_scheme(self, c: str) -> None:
        if self.base is None or (isinstance(self.base.path, str) and c != "#"):
            raise Failure
        if isinstance(self.base.path, str):
            self.url = replace(self.base, fragment="")
            self.state = self.fragment
        else:
            self.again(self.file if self.base.scheme == "file" else self.relative)

    def special_relative_or_authority(self, c: str) -> None:
        if c == "/" and self.remaining.startswith("/"):
            self.state = self.special_authority_ignore_slashes
            self.pointer += 1
        else:
            self.again(self.relative)

    def path_or_authority(self, c: str) -> None:
        if c == "/":
            self.state = self.authority
        else:
            self.again(self.path)

    def relative(self, c: str) -> None:
        assert self.base is not None
        self.url.scheme = self.base.scheme
        if c == "/" or (self.url.special and c == "\\"):
            self.state = self.relative_slash
        else:
            base = self.base
            self.url = replace(base, path=list(base.path), fragment=None)
            if c == "?":
                self.url.query, self.state = "", self.query
            elif c == "#":
                self.url.fragment, self.state = "", self.fragment
            elif c:
                self.url.query = None
                self.shorten()
                self.again(self.path)

    def relative_slash(self, c: str) -> None:
        assert self.base is not None
        if self.url.special and c in ("/", "\\"):
            self.state = self.special_authority_ignore_slashes
        elif c == "/":
            self.state = self.authority
        else:
            base = self.base
            self.url.username, self.url.password = base.username, base.password
            self.url.host, self.url.port = base.host, base.port
            self.again(self.path)

    def special_authority_slashes(self, c: str) -> None:
        if c == "/" and self.remaining.startswith("/"):
            self.state = self.special_authority_ignore_slashes
            self.pointer += 1
        else:
            self.again(self.special_authority_ignore_slashes)

    def special_authority_ignore_slashes(self, c: str) -> None:
        if c not in ("/", "\\"):
            self.again(self.authority)

    def ends_authority(self, c: str) -> bool:
        return c in ("", "/", "?", "#") or (self.url.special and c == "\\")

    def authority(self, c: str) -> None:
        if c == "@":
            if self.at_sign_seen:
                self.buffer = "%40" + self.buffer
            self.at_sign_seen = True
            for character in self.buffer:
                if character == ":" and not self.password_token_seen:
                    self.password_token_seen = True
                elif self.password_token_seen:
                    self.url.password += encoded(character, USERINFO_SET)
                else:
                    self.url.username += encoded(character, USERINFO_SET)
            self.buffer = ""
        elif self.ends_authority(c):
            if self.at_sign_seen and not self.buffer:
                raise Failure
            self.pointer -= len(self.buffer) + 1
            self.buffer, self.state = "", self.host
        else:
            self.buffer += c

    def host(self, c: str) -> None:
        if c == ":" and not self.inside_brackets:
            if not self.buffer:
                raise Failure
            self.url.host = parse_host(self.buffer, self.url.special)
            self.buffer, self.state = "", self.port
        elif self.ends_authority(c):
            if self.url.special and not self.buffer:
                raise Failure
            self.url.host = parse_host(self.buffer, self.url.special) if self.buffer else ""
            self.buffer = ""
            self.again(self.path_start)
        else:
            self.inside_brackets = {"[": True, "]": False}.get(c, self.inside_brackets)
            self.buffer += c

    def port(self, c: str) -> None:
        if c in DIGITS:
            self.buffer += c
        elif self.ends_authority(c):
            if self.buffer:
                port = int(self.buffer)
                if port > 65535:
                    raise Failure
                self.url.port = None if SPECIAL.get(self.url.scheme) == port else port
                self.buffer = ""
            self.again(self.path_start)
        else:
            raise Failure

    def file(self, c: str) -> None:
        """Only that it is of this scheme: what is in a file URL is of no interest to a crawler."""
        self.url = Record("file", host="")
        self.pointer = len(self.text)

    def path_start(self, c: str) -> None:
        if self.url.special:
            self.state = self.path
            if c not in ("/", "\\"):
                self.pointer -= 1
        elif c == "?":
            self.url.query, self.state = "", self.query
        elif c == "#":
            self.url.fragment, self.state = "", self.fragment
        elif c:
            self.state = self.path
            if c != "/":
                self.pointer -= 1

    def shorten(self) -> None:
        assert isinstance(self.url.path, list)
        if self.url.path:
            self.url.path.pop()

    def path(self, c: str) -> None:
        assert isinstance(self.url.path, list)
        slash = c == "/" or (self.url.special and c == "\\")
        if not slash and c not in ("", "?", "#"):
            self.buffer += encoded(c, PATH_SET)
            return
        if self.buffer.lower() in DOUBLE_DOT:
            self.shorten()
            if not slash:
                self.url.path.append("")
        elif self.buffer.lower() in SINGLE_DOT:
            if not slash:
                self.url.path.append("")
        else:
            self.url.path.append(self.buffer)
        self.buffer = ""
        if c == "?":
            self.url.query, self.state = "", self.query
        if c == "#":
            self.url.fragment, self.state = "", self.fragment

    def opaque_path(self, c: str) -> None:
        if c == "?":
            self.url.query, self.state = "", self.query
        elif c == "#":
            self.url.fragment, self.state = "", self.fragment
        elif c:
            self.url.path += encoded(c, set())

    def query(self, c: str) -> None:
        if c == "#":
            self.url.fragment, self.state = "", self.fragment
        elif c:
            self.url.query += encoded(c, SPECIAL_QUERY_SET if self.url.special else QUERY_SET)

    def fragment(self, c: str) -> None:
        self.url.fragment += encoded(c, FRAGMENT_SET)


def parse_host(text: str, special: bool) -> str:
    """The host parser (3.5), serialized."""
    if text.startswith("["):
        if not text.endswith("]"):
            raise Failure
        return f"[{serialized_ipv6(parse_ipv6(text[1:-1]))}]"
    if not special:
        if FORBIDDEN_HOST & set(text):
            raise Failure
        return encoded(text, set())
    domain = domain_to_ascii(percent_decoded(text).decode("utf-8", "replace"))
    if not domain or FORBIDDEN_DOMAIN & set(domain):
        raise Failure
    return parse_ipv4(domain) if ends_in_a_number(domain) else domain


def domain_to_ascii(domain: str) -> str:
    """UTS 46 ToASCII, CheckHyphens and UseSTD3ASCIIRules off, CheckBidi and CheckJoiners on, not transitional (3.3)."""
    if domain.isascii() and not any(label.startswith("xn--") for label in domain.lower().split(".")):
        return domain.lower()
    try:
        labels = [unicode_label(label) for label in idna.uts46_remap(domain, std3_rules=False).split(".")]
        if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for label in labels for character in label):
            for label in filter(None, labels):
                idna.check_bidi(label, check_ltr=True)
    except (ValueError, idna.IDNAError):
        raise Failure from None
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels)


def unicode_label(label: str) -> str:
    """A label out of Punycode, with the validity criteria of UTS 46, section 4.1."""
    if label.startswith("xn--"):
        label = label[4:].encode("ascii").decode("punycode")
        if label.isascii() or idna.uts46_remap(label, std3_rules=False) != label:
            raise Failure
    if label and unicodedata.category(label[0]).startswith("M"):
        raise Failure
    for position, character in enumerate(label):
        if character in "\u200c\u200d" and not idna.valid_contextj(label, position):
            raise Failure
    return label


def ends_in_a_number(domain: str) -> bool:
    """The ends-in-a-number checker (3.5)."""
    parts = domain.split(".")
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()
    last = parts[-1]
    return bool(last) and (set(last) <= DIGITS or ipv4_number(last) is not None)


def ipv4_number(text: str) -> int | None:
    """The IPv4 number parser (3.5)."""
    if not text:
        return None
    base = 10
    if text[:2].lower() == "0x":
        text, base = text[2:], 16
    elif len(text) >= 2 and text[0] == "0":
        text, base = text[1:], 8
    allowed = "0123456789abcdef"[:base]
    if any(character not in allowed for character in text.lower()):
        return None
    return int(text or "0", base)


def parse_ipv4(domain: str) -> str:
    """The IPv4 parser (3.5), serialized."""
    parts = domain.split(".")
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()
    numbers = [ipv4_number(part) for part in parts]
    if len(parts) > 4 or any(number is None for number in numbers):
        raise Failure
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        raise Failure
    address = last + sum(number << 8 * (3 - place) for place, number in enumerate(leading))
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def parse_ipv6(text: str) -> list[int]:
    """The IPv6 parser (3.5), by its grammar."""
    if "." in text:
        text, _, dotted = text.rpartition(":")
        octets = dotted.split(".")
        if len(octets) != 4 or any(not o or set(o) - DIGITS or (len(o) > 1 and o[0] == "0") for o in octets):
            raise Failure
        if any(int(o) > 255 for o in octets):
            raise Failure
        high, low = (int(octets[0]) << 8 | int(octets[1])), (int(octets[2]) << 8 | int(octets[3]))
        text = f"{text}:{high:x}:{low:x}"
    head, gap, tail = text.partition("::")
    sides = [side.split(":") if side else [] for side in (head, tail)]
    if any(not 1 <= len(piece) <= 4 or set(piece) - set("0123456789abcdefABCDEF") for side in sides for piece in side):
        raise Failure
    front, back = ([int(piece, 16) for piece in side] for side in sides)
    missing = 8 - len(front) - len(back)
    if missing != 0 if not gap else missing < 1:
        raise Failure
    return [*front, *[0] * missing, *back]


def serialized_ipv6(pieces: list[int]) -> str:
    """The IPv6 serializer (3.5): the first longest run of zeros, of two or more, is "::"."""
    runs = [(start, end) for start in range(8) for end in range(start + 2, 9) if not any(pieces[start:end])]
    if not runs:
        return ":".join(f"{piece:x}" for piece in pieces)
    start, end = max(runs, key=lambda run: (run[1] - run[0], -run[0]))
    return "::".join(":".join(f"{piece:x}" for piece in side) for side in (pieces[:start], pieces[end:]))
