"""The command line's way in: words to a subcommand, errors to one line and an exit code."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.__main__ import COMMANDS, HELP, main
from crawler.core.errors import BadInput, CrawlError, ExitCode, Locked, OutputClosed, OutputFailed

Behaviour = Callable[[argparse.Namespace], int]
PYTHON = f"exec {sys.executable} -m crawler"
ROOT = Path(__file__).parents[2]


def in_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The outcome of `command`, in which $crawl stands for the command line's way in."""
    return subprocess.run(
        ["/bin/bash", "-c", command.replace("$crawl", PYTHON)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Behaviour], None]:
    """Makes `crawl fake [WORD] [--option]` do what a function says."""

    def behave(behaviour: Behaviour) -> None:
        def add_arguments(parser: argparse.ArgumentParser) -> None:
            parser.add_argument("word", nargs="?")
            parser.add_argument("--option")

        module = types.ModuleType("fake_command", "Does as it is told.")
        vars(module).update(add_arguments=add_arguments, main=behaviour)
        monkeypatch.setitem(sys.modules, "fake_command", module)
        monkeypatch.setitem(COMMANDS, "fake", "fake_command")

    return behave


def failing(error: BaseException) -> Behaviour:
    """A behaviour that fails with `error`."""

    def behaviour(arguments: argparse.Namespace) -> int:
        raise error

    return behaviour


def test_the_version_is_told_without_importing_what_a_crawl_needs(tmp_path: Path) -> None:
    told = "import sys; from crawler.__main__ import main; main(['--version']); print(*sorted(sys.modules))"
    outcome = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, check=True, text=True)
    version, modules = outcome.stdout.splitlines()
    assert version.startswith("crawlfile ")
    assert {"crawler.core.errors"} <= set(modules.split())
    assert {"asyncio", "pydantic", "yaml", "uvloop", "aiohttp", "crawler.config"} & set(modules.split()) == set()


def test_without_words_the_usage_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr() == ("", HELP)


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_is_asked_for_and_goes_to_standard_output(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    assert capsys.readouterr() == (HELP, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_help_and_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"\n  {name} " in HELP
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"usage: crawl {name} ")
    assert err == ""


def test_the_words_behind_a_command_are_its_arguments(command: Callable[[Behaviour], None]) -> None:
    seen: list[argparse.Namespace] = []
    command(lambda arguments: seen.append(arguments) or 5)  # type: ignore[func-returns-value]
    assert main(["fake", "--option=1", "x"]) == 5
    assert seen == [argparse.Namespace(word="x", option="1")]


def test_a_first_word_that_is_no_command_is_the_config_of_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("seed: https://example.org/")
    assert main([str(bad)]) == main(["run", str(bad)]) == main(["--quiet", str(bad)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == lines[:2] * 3


def test_a_file_may_be_named_like_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("status").write_text("seeds: [")
    assert main(["./status"]) == 2
    assert capsys.readouterr().err.startswith("./status:1: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["statsu", "x.yaml"], "crawl: statsu is neither a command nor a file; did you mean `crawl status`?\n"),
        (["Validate"], "did you mean `crawl validate`?\n"),
        (["nothing"], "nothing is neither a command nor a file; commands: run, validate, "),
        (["tpyo.yaml"], "tpyo.yaml: cannot be read: No such file or directory\n"),
        (["a/status"], "a/status: cannot be read: No such file or directory\n"),
        (["https://me:hunter2@example.org/"], "crawl init URL -o "),
        (["\x1b[31m"], r"crawl: \x1b[31m is neither"),
    ],
)
def test_a_mistaken_first_word_is_answered_with_what_may_be_meant(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert "hunter2" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--frsh"], "crawl run: error: unknown option --frsh; did you mean --fresh?"),
        (["--no-progres=1"], "unknown option --no-progres=1; did you mean --no-progress?"),
        (["--zzz\x1b"], r"unknown option --zzz\x1b"),
        (["b.yaml"], "unexpected argument b.yaml"),
        (["--log-level", "loud"], "'debug', 'info', 'warning', 'error'"),
        (["--log-format", "xml"], "'auto', 'console', 'json'"),
        (["--set"], "--set: expected one argument"),
    ],
)
def test_a_mistaken_option_exits_with_2_and_names_the_near_one(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["a.yaml", *words])
    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err.splitlines()[-1]


def test_options_are_not_abbreviated() -> None:
    with pytest.raises(SystemExit) as left:
        main(["a.yaml", "--fre"])
    assert left.value.code == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("why"), 2),
        (Locked("why"), 6),
        (OutputFailed("why"), 7),
        (OutputClosed("why"), 0),
        (CrawlError("why"), 1),
    ],
)
def test_an_expected_failure_is_one_line_and_its_code(
    command: Callable[[Behaviour], None], capsys: pytest.CaptureFixture[str], error: CrawlError, code: int
) -> None:
    command(failing(error))
    assert main(["fake"]) == code
    assert capsys.readouterr() == ("", "crawl: why\n")


def test_a_hostile_message_is_not_printed_raw(
    command: Callable[[Behaviour], None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(failing(BadInput("a\x1b[2Jb\udcff")))
    assert main(["fake"]) == 2
    assert capsys.readouterr().err == "crawl: a\\x1b[2Jb\\udcff\n"


@pytest.mark.parametrize("words", [[], ["run"], ["status"]])
def test_mistakes_in_a_configuration_are_lines_as_validate_prints_them(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("seeds: https://example.org/\nlimits: {x: 1, max_pages: 0}\n")
    assert main(["validate", str(bad)]) == 2
    validated = capsys.readouterr().err
    assert validated.count(f"{bad}:2: limits.") == validated.count("\n") == 2
    assert main([*words, str(bad)]) == 2
    assert capsys.readouterr() == ("", validated)


def test_a_bug_has_a_traceback_and_an_address(
    command: Callable[[Behaviour], None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(failing(KeyError("surprise")))
    assert main(["fake"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-2] == "KeyError: 'surprise'"
    assert "please report it" in lines[-1]


def test_ctrl_c_outside_of_a_crawl_is_130_and_silent(
    command: Callable[[Behaviour], None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(failing(KeyboardInterrupt()))
    assert main(["fake"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr() == ("", "")


def test_sigterm_outside_of_a_crawl_has_its_exit_code_and_lets_go_of_things(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(
        "import os, signal, sys, types\n"
        "from crawler.__main__ import COMMANDS, main\n"
        "def behave(arguments):\n"
        "    try: os.kill(os.getpid(), signal.SIGTERM); signal.pause()\n"
        "    finally: print('let go')\n"
        "fake = types.ModuleType('fake'); fake.add_arguments = lambda parser: None; fake.main = behave\n"
        "sys.modules['fake'] = fake; COMMANDS['fake'] = 'fake'\n"
        "sys.exit(main(['fake']))\n"
    )
    outcome = subprocess.run(
        [sys.executable, str(script)],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (143, "let go\n", "")


def test_the_ends_of_child_processes_are_heard_of_whatever_was_inherited(
    command: Callable[[Behaviour], None],
) -> None:
    """Where SIGCHLD is ignored a dead child is gone at once: killing it by its id may strike another process."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        command(lambda arguments: subprocess.run(["/bin/sh", "-c", "exit 7"], check=False).returncode)
        assert main(["fake"]) == 7
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_the_reader_of_standard_output_may_leave(tmp_path: Path) -> None:
    outcome = in_shell("$crawl schema | head -c 9; exit ${PIPESTATUS[0]}", tmp_path)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, '{\n  "$sch', "")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_the_reader_of_a_standard_stream_may_have_left_before(stream: str, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = ["init"] if stream == "stdout" else ["init", "-o", "site.yaml"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writer}
    outcome = subprocess.run(
        [sys.executable, "-m", "crawler", *words],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
        **streams,  # type: ignore[call-overload]
    )
    os.close(writer)
    assert (outcome.returncode, outcome.stdout or b"", outcome.stderr or b"") == (0, b"", b"")


def test_another_pipe_that_breaks_is_a_bug(
    command: Callable[[Behaviour], None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(failing(BrokenPipeError(errno.EPIPE, "Broken pipe")))
    assert main(["fake"]) == ExitCode.BUG
    assert "please report it" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["schema", "--version", "--help"])
def test_a_full_disk_behind_standard_output_is_7_and_no_bug(words: str, tmp_path: Path) -> None:
    outcome = in_shell(f"$crawl {words} > /dev/full", tmp_path)
    assert outcome.returncode == 7
    assert outcome.stderr == "crawl: standard output could not be written: No space left on device\n"


def test_with_standard_error_closed_nothing_goes_to_standard_output_instead(tmp_path: Path) -> None:
    outcome = in_shell("$crawl nothing.yaml 2>&-", tmp_path)
    assert (outcome.returncode, outcome.stdout) == (2, "")


def test_with_standard_input_closed_a_configuration_from_there_is_empty(tmp_path: Path) -> None:
    outcome = in_shell("$crawl validate - <&-", tmp_path)
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("standard input:1: is empty")


def test_with_all_streams_closed_no_file_gets_their_numbers(tmp_path: Path) -> None:
    told = "import os; from crawler.__main__ import main; main(['--version']); os.write(os.open('f', 65), b'mine')"
    outcome = in_shell(f"exec {sys.executable} -c \"{told}; os.write(2, b'message')\" <&- >&- 2>&-", tmp_path)
    assert outcome.returncode == 0
    assert (tmp_path / "f").read_text() == "mine"


def test_what_the_terminals_encoding_lacks_is_escaped(tmp_path: Path) -> None:
    assert not in_shell("$crawl schema", tmp_path).stdout.isascii()
    outcome = in_shell("PYTHONIOENCODING=ascii $crawl schema", tmp_path)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout.isascii()
