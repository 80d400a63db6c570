"""The part of the YAML file about HTTP: client, authentication, timeouts, DNS."""

from __future__ import annotations

import re
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from crawler import __version__
from crawler.clients import CLIENTS
from crawler.core.registry import load
from crawler.core.section_types import (
    CertificateFile,
    Cookies,
    HeaderFields,
    PositiveDuration,
    ProxyUrl,
    SecretText,
    listed,
    one_of,
    problem,
)
from crawler.core.units import Duration, Section, duration_s

DEFAULT_USER_AGENT = f"crawlfile/{__version__}"
_EXTRAS = {"curl": "pycurl"}  # what a client needs that is not installed with the crawler itself
_HTTP1_ONLY = ("aiohttp",)
_SPEAKS_HTTP3 = {"curl": "crawler.clients.curl.options:speaks_http3"}  # by client: whether its library here does
_PRODUCT_TOKEN = re.compile(r"[A-Za-z_-]+")  # RFC 9309 2.2.1
_USER_AGENT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_HOST_NAME = re.compile(r"(?:\*\.)?[^\s/\\?#@:*\[\]]+")
_BEARER = re.compile(r"[\x21-\x7e]+")


def _proxy(proxy: ProxyUrl) -> ProxyUrl:
    try:
        parts = urlsplit(proxy.get_secret_value())
        usable = parts.scheme in ("http", "https", "socks5") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\0-\x1f]", proxy.get_secret_value()):
        raise problem("must be a proxy such as http://host:3128, https://host:3128 or socks5://host:1080")
    return proxy


def _host_or_network(text: str) -> str:
    try:
        return (
            str(ip_network(text.strip("[]"), strict=False))
            if "/" in text
            else str(ip_network(text.strip("[]"))).partition("/")[0]
        )
    except ValueError:
        pass
    if "/" in text or not _HOST_NAME.fullmatch(text):
        raise problem("must be a host name, an address or a network such as 10.0.0.0/8")
    return text.lower()


def _installed(client: str) -> str:
    library = _EXTRAS.get(client)
    if library is not None and find_spec(library) is None:
        raise problem(f"needs {library}, which is not installed: pip install 'crawlfile[{client}]'")
    return client


def _bool_or_list(value: Any) -> str | None:
    return "<bool>" if isinstance(value, bool) else "<list>" if isinstance(value, list | tuple) else None


def _bool_or_mapping(value: Any) -> str | None:
    return "<bool>" if isinstance(value, bool) else "<mapping>" if isinstance(value, dict) else None


Proxies = Annotated[
    tuple[Annotated[ProxyUrl, AfterValidator(_proxy)], ...],
    Field(strict=False),
    BeforeValidator(
        lambda value: () if value is None else listed(value), json_schema_input_type=str | list[str] | None
    ),
]
AllowPrivate = Annotated[
    Annotated[bool, Tag("<bool>")]
    | Annotated[tuple[Annotated[str, AfterValidator(_host_or_network)], ...], Field(strict=False), Tag("<list>")],
    Discriminator(
        _bool_or_list,
        custom_error_type="problem",
        custom_error_message="must be true, false or a list of host names, addresses and networks",
    ),
]
CookieSetting = Annotated[
    Annotated[bool, Tag("<bool>")] | Annotated[Cookies, Tag("<mapping>")],
    Discriminator(
        _bool_or_mapping,
        custom_error_type="problem",
        custom_error_message="must be true, false or a mapping of cookie names to values",
    ),
]


class AuthSection(Section):
    """Credentials in one of two forms: username and password, or bearer."""

    example: ClassVar[str] = "{bearer: '${TOKEN}'}"

    username: SecretText | None = Field(default=None, description="For HTTP Basic authentication, with password.")
    password: SecretText | None = Field(default=None, description="For HTTP Basic authentication, with username.")
    bearer: SecretText | None = Field(default=None, description="A token, sent as `Authorization: Bearer …`.")

    @field_validator("username", "password")
    @classmethod
    def _basic(cls, value: SecretText | None, info: ValidationInfo) -> SecretText | None:
        text = value.get_secret_value() if value else ""
        if re.search(r"[\0-\x1f\x7f]", text):  # RFC 7617 2
            raise problem("must not hold control characters")
        if info.field_name == "username" and ":" in text:
            raise problem("must not hold a colon")
        return value

    @field_validator("bearer")
    @classmethod
    def _token(cls, value: SecretText | None) -> SecretText | None:
        if value is not None and not _BEARER.fullmatch(value.get_secret_value()):
            raise problem("must be the token alone: printable ASCII without spaces, without the word Bearer")
        return value

    @model_validator(mode="after")
    def _one_form(self) -> AuthSection:
        basic = (self.username is not None, self.password is not None)
        if self.bearer is not None and any(basic):
            raise problem("must be either {username, password} or {bearer}, not both")
        if self.bearer is None and not all(basic):
            raise problem("must be {username, password} or {bearer}")
        return self


class ClientSection(Section):
    """Who asks, and with which HTTP library. One session lives as long as the run."""

    example: ClassVar[str] = "{type: httpx}"

    type: Annotated[
        str,
        AfterValidator(one_of(CLIENTS)),
        AfterValidator(_installed),
        Field(json_schema_extra={"enum": list(CLIENTS)}),
    ] = Field(
        default="aiohttp",
        description="The HTTP library: changes speed and protocol, never the records. aiohttp = HTTP/1.1; curl = "
        "libcurl, HTTP/1.1, HTTP/2 and HTTP/3 at the least CPU (needs `crawlfile[curl]`; what it tells otherwise in "
        "rare cases is in docs/decisions/0011-curl-client.md); httpx2 and httpx = HTTP/1.1 and HTTP/2.",
    )
    http2: bool = Field(
        default=False,
        description="Offer HTTP/2 to https hosts (type curl, httpx2 or httpx); each record says which version was used "
        "in fact.",
    )
    http3: bool = Field(
        default=False,
        description="Offer HTTP/3 (QUIC) to https hosts, HTTP/2 and HTTP/1.1 beside it (type curl, where its libcurl "
        "speaks it); not through a proxy.",
    )
    user_agent: str | None = Field(
        default=None,
        description=f"Say who you are and where to complain; the first word, up to its slash, is matched with "
        f"robots.txt. null = {DEFAULT_USER_AGENT}.",
    )
    headers: HeaderFields = Field(
        default_factory=dict,
        description="Header fields sent to the hosts that the seeds name, never to another origin, redirects included.",
    )
    cookies: CookieSetting = Field(
        default=True,
        description="true = one jar for the session by the cookie rules; false = none; a mapping of names to values = "
        "a jar with cookies to start with, sent to the seeds' hosts only.",
    )
    auth: AuthSection | None = Field(
        default=None,
        description="{username, password} or {bearer}; sent only to hosts that the seeds name. Keep it out of the "
        "file: {bearer: '${TOKEN}'}. null = none.",
    )
    proxy: Proxies = Field(
        default=(), description="http://, https:// or socks5://, or a list of them to rotate. null = connect directly."
    )
    allow_private: AllowPrivate = Field(
        default=False,
        description="Whether addresses that are loopback, private, link-local or reserved may be connected to: true, "
        "false, or a list of host names, addresses and networks. A host that a seed names may always be private.",
    )
    verify_tls: bool = Field(default=True, description="Refuse hosts whose certificate is not valid. Leave it on.")
    ca_file: CertificateFile | None = Field(
        default=None, description="A PEM file of further certificate authorities to trust. null = the system's alone."
    )

    @field_validator("http2")
    @classmethod
    def _spoken(cls, http2: bool, info: ValidationInfo) -> bool:
        if http2 and (client := info.data.get("type")) in _HTTP1_ONLY:
            raise problem(
                f"must be false with client.type {client}, which speaks HTTP/1.1 only; choose curl, httpx2 or httpx"
            )
        return http2

    @field_validator("http3")
    @classmethod
    def _spoken_here(cls, http3: bool, info: ValidationInfo) -> bool:
        if http3 and (client := info.data.get("type")) is not None:
            if client not in _SPEAKS_HTTP3:
                raise problem(f"must be false with client.type {client}, which does not speak HTTP/3; choose curl")
            if not load(_SPEAKS_HTTP3, client)():
                raise problem("must be false: the libcurl that is installed here was built without HTTP/3")
        return http3

    @field_validator("proxy")
    @classmethod
    def _passable(cls, proxy: Proxies, info: ValidationInfo) -> Proxies:
        if proxy and info.data.get("http3"):
            raise problem("must be null with client.http3: HTTP/3 goes through no proxy")
        return proxy

    @field_validator("user_agent")
    @classmethod
    def _sendable(cls, user_agent: str | None) -> str | None:
        if user_agent is not None and not _USER_AGENT.fullmatch(user_agent):
            raise problem("must be printable ASCII on one line, without spaces around it")
        if user_agent is not None and not _PRODUCT_TOKEN.match(user_agent):
            raise problem(
                "must begin with a name of letters, _ and -, which robots.txt can address: MyBot/1.0 (+https://…)"
            )
        return user_agent

    @property
    def sent_user_agent(self) -> str:
        """The value of the User-Agent field."""
        return self.user_agent or DEFAULT_USER_AGENT

    @property
    def product_token(self) -> str:
        """What robots.txt groups are matched with (RFC 9309 2.2.1): the user agent's first product name."""
        match = _PRODUCT_TOKEN.match(self.sent_user_agent)
        return match[0] if match else ""


# null is replaced before this type is reached; the schema must know that it may be written.
_OrTotal = Annotated[float, Field(gt=0), BeforeValidator(duration_s, json_schema_input_type=PositiveDuration | None)]


class TimeoutsSection(Section):
    """Deadlines; every wait has one. `null` for one of the first four = as long as total."""

    example: ClassVar[str] = "{total: 30s}"

    connect: _OrTotal = Field(default=10, description="Until a connection stands: name looked up, TCP, TLS.")
    read: _OrTotal = Field(default=20, description="The longest silence while an answer arrives.")
    write: _OrTotal = Field(default=20, description="The longest standstill while a request is sent.")
    pool: _OrTotal = Field(default=60, description="The longest wait for a free connection of the pool.")
    total: PositiveDuration = Field(
        default=60, description="For one request from start to end, redirects excluded; kept even if a body drips in."
    )
    drain: Duration = Field(
        default=8, description="How long an interrupted run waits for what is in flight; 0 = not at all."
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_total(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        total = data.get("total") or cls.model_fields["total"].default
        bounded = ("connect", "read", "write", "pool")
        return {key: total if value is None and key in bounded else value for key, value in data.items()}


class DnsSection(Section):
    """One cache of looked-up names for every client."""

    example: ClassVar[str] = "{ttl: 5m}"

    ttl: Duration = Field(default=300, description="How long an answer is used; 0 = no cache.")
    negative_ttl: Duration = Field(default=30, description="How long a failed lookup is remembered; 0 = not at all.")
    max_entries: int = Field(default=10000, ge=1, description="Names remembered; the oldest are forgotten first.")
