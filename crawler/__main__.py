"""The command `crawl`: finds the subcommand, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import errno
import gc
import io
import os
import re
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from typing import Any, NoReturn, TextIO, cast

from crawler import __version__
from crawler.core.errors import BadInput, CrawlError, ExitCode
from crawler.core.printable import printable
from crawler.core.registry import load

COMMANDS = {
    "run": "crawler.cli.run",
    "validate": "crawler.cli.validate",
    "init": "crawler.cli.init",
    "schema": "crawler.cli.schema",
    "status": "crawler.cli.status",
    "failures": "crawler.cli.failures",
    "report": "crawler.cli.report",
    "test": "crawler.cli.test",
    "bench": "crawler.cli.bench",
    "demo": "crawler.cli.demo",
}
HELP = """\
usage: crawl CONFIG [options]          run the crawl that CONFIG describes
       crawl COMMAND [arguments]

commands:
  run CONFIG            the same as crawl CONFIG
  validate CONFIG...    check files without any network; one line per mistake
  test CONFIG URL       fetch one URL exactly as CONFIG would and show every decision
  init [URL]            write a small commented starter file
  schema                print the JSON Schema of the YAML file
  status CONFIG         what the saved state holds: counts, what waits for what, until when
  failures CONFIG       what failed in the last run, by type; --retry asks for it again
  report CONFIG         the last run as one self-contained HTML page (-o FILE)
  bench CONFIG          which client suits this crawl, measured
  demo                  crawl a small site that this command serves itself

options:
  --version             print the version
  -h, --help            this text; crawl COMMAND --help tells more of one
"""
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}  # no bug, wherever they strike


class _ReaderGone(BrokenPipeError):
    """Whoever read standard output or error reads no more. Another pipe that breaks is none of theirs."""


class _Watched:
    """A standard stream; raises _ReaderGone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As the stream's."""
        with _reader_named():
            return self._stream.write(text)

    def flush(self) -> None:
        """As the stream's."""
        with _reader_named():
            self._stream.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """The process's exit code. Every failure that is not a bug is one line on standard error."""
    words = list(sys.argv[1:] if argv is None else argv)
    gc.disable()  # imports make much that stays and nothing to collect; whoever runs long turns it on again
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes 15 ms; none must interfere
    _mend_streams()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it is ignored, how a child ended is lost, and its id anyone's
    try:
        with _terminable(), _watched_streams():
            code = _dispatch(words)
            sys.stdout.flush()
            return code
    except CrawlError as error:
        _say(str(error), who="" if error.mistakes else "crawl: ")
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except _ReaderGone:
        return _close_stdout(ExitCode.COMPLETE)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            _say(f"{error.filename or 'standard output'} could not be written: {error.strerror}")
            return _close_stdout(ExitCode.OUTPUT_FAILED)
        _report(error)
        return ExitCode.BUG


def leave() -> NoReturn:
    """Runs the command and ends the process at once: everything is flushed and closed by then, and tearing down a few
    hundred modules takes longer than some commands do."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()
    os._exit(code)


def _dispatch(words: list[str]) -> int:
    first = words[0] if words else "--help"
    if first in ("-h", "--help"):
        print(HELP, end="", file=sys.stdout if words else sys.stderr)
        return ExitCode.COMPLETE if words else ExitCode.BAD_INPUT
    if first == "--version":
        print(f"crawlfile {__version__}")
        return ExitCode.COMPLETE
    name, rest = (first, words[1:]) if first in COMMANDS else ("run", words)
    if first not in COMMANDS:
        _check_config_word(first)
    command = load(COMMANDS, name)
    parser = argparse.ArgumentParser(prog=f"crawl {name}", description=command.__doc__, allow_abbrev=False)
    command.add_arguments(parser)
    arguments, unknown = parser.parse_known_args(rest)
    if unknown:
        parser.error(_complaint(unknown[0], parser.format_help()))
    return int(command.main(arguments))


def _check_config_word(word: str) -> None:
    """Raises BadInput, saying what may be meant, for a first word that can be no file."""
    if "://" in word:
        raise BadInput("CONFIG is a file; to write one for a URL: crawl init URL -o site.yaml")
    if not word.startswith("-") and not {".", os.sep} & set(word) and not os.path.lexists(word):
        near = get_close_matches(word, COMMANDS, n=1)
        hint = f"did you mean `crawl {near[0]}`?" if near else f"commands: {', '.join(COMMANDS)}"
        raise BadInput(f"{word or repr(word)} is neither a command nor a file; {hint}")


def _complaint(word: str, help_text: str) -> str:
    shown = printable(word)
    if not word.startswith("-"):
        return f"unexpected argument {shown}"
    near = get_close_matches(word.partition("=")[0], re.findall(r"--[a-z-]+", help_text), n=1)
    return f"unknown option {shown}; did you mean {near[0]}?" if near else f"unknown option {shown}"


def _mend_streams() -> None:
    """A standard stream that was closed before the start becomes the null device, lest a file of ours gets its number
    and messages go into it. What a stream's encoding lacks is escaped."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif name == "stdout" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _watched_streams() -> Iterator[None]:
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", _Watched(stream)) for stream in streams)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


@contextmanager
def _reader_named() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGone(*error.args) from None


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM has its exit code also while no crawl is there that would heed it."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: object) -> None:
    raise SystemExit(ExitCode.TERMINATED)


def _say(message: str, who: str = "crawl: ") -> None:
    lines = (printable(line, most=None) for line in message.split("\n"))
    with suppress(OSError):  # nobody may be left to be told
        print(who + "\n".join(lines), file=sys.stderr)


def _report(error: Exception) -> None:
    with suppress(OSError):
        traceback.print_exception(error)
    _say("this is a bug in crawlfile; please report it with the lines above (README, section Help)")


def _close_stdout(code: ExitCode) -> ExitCode:
    """`code`; standard output takes no more, and the interpreter must not complain about it while leaving."""
    sys.stdout = None
    return code


if __name__ == "__main__":
    leave()
