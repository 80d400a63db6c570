"""Why something could not be done: one class for each answer that a caller can give."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Literal, get_args

ErrorType = Literal[
    "dns",
    "connect",
    "tls",
    "timeout",
    "protocol",
    "body_too_large",
    "decoding",
    "too_many_redirects",
    "redirect_refused",
    "private_address",
    "http_status",
    "robots",
    "retry_after_too_long",
    "unsupported_scheme",
    "internal",
]
ERROR_TYPES: tuple[str, ...] = get_args(ErrorType)


class ExitCode(IntEnum):
    """What the process says to cron: see the table of exit codes in the reference."""

    COMPLETE = 0
    BUG = 1
    BAD_INPUT = 2
    THRESHOLD = 3
    NOTHING_FETCHED = 4
    BUDGET = 5
    LOCKED = 6
    OUTPUT_FAILED = 7
    INTERRUPTED = 130
    TERMINATED = 143


class CrawlError(Exception):
    """A fatal error that is not a bug: one line for the user, and the exit code that goes with it.

    mistakes: what is wrong in a configuration, if that is the error; each has a line, which names its own place.
    """

    exit_code = ExitCode.BUG
    mistakes: tuple[Any, ...] = ()


class BadInput(CrawlError):
    """The command line or the configuration is wrong; nothing was fetched."""

    exit_code = ExitCode.BAD_INPUT


class Locked(CrawlError):
    """Another run of the same crawl holds the lock."""

    exit_code = ExitCode.LOCKED


class OutputFailed(CrawlError):
    """Output or state could not be written; what was committed is intact and the run can be resumed."""

    exit_code = ExitCode.OUTPUT_FAILED


class OutputClosed(CrawlError):
    """The reader of standard output went away (`crawl … | head`): the run ends quietly."""

    exit_code = ExitCode.COMPLETE


class UnusableUrl(ValueError):
    """A string that is no URL that can be crawled; `reason` is a counter name such as `scheme`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class FetchFailed(Exception):
    """One request brought no usable response.

    `type` is the record's `error.type`. `reached` says whether anything was tried on the network, so that the
    host's clock must run. `response` holds what had arrived (status, headers, bytes counted), if a head had.
    `unheard`: the request went out, but nobody has worked on it (a kept-alive connection was gone, a stream was
    refused): to be sent once more over another connection, in the host's turn, at the cost of no attempt.
    `sent`: whether the request's bytes have left; if not, no connection came about.
    """

    def __init__(
        self,
        type: ErrorType,
        message: str,
        *,
        reached: bool = True,
        response: object | None = None,
        unheard: bool = False,
    ) -> None:
        super().__init__(message)
        self.type: ErrorType = type
        self.message = message
        self.reached = reached
        self.response = response
        self.unheard = unheard
        self.sent = True
