from __future__ import annotations

from crawler.config.mistake import MAX_SHOWN, OVERRIDE, BadConfig, Mistake, Place, shown
from crawler.core.errors import BadInput, ExitCode


def test_a_mistake_is_one_line_with_file_line_key_problem_allowed_and_hint() -> None:
    place = Place("configs/site.yaml", 12)
    mistake = Mistake(place, ("politeness", "dellay"), "unknown key", ("delay", "jitter"), "did you mean delay?")
    assert str(mistake) == (
        "configs/site.yaml:12: politeness.dellay: unknown key; allowed: delay, jitter; did you mean delay?"
    )


def test_a_mistake_of_the_command_line_names_the_option() -> None:
    assert str(Mistake(Place(OVERRIDE, None), ("limits", "x"), "unknown key")) == "--set limits.x: unknown key"


def test_a_mistake_about_the_whole_file_has_no_key() -> None:
    assert str(Mistake(Place("a.yaml", 1), (), "is empty")) == "a.yaml:1: is empty"
    assert str(Mistake(Place("a.yaml", None), (), "cannot be read")) == "a.yaml: cannot be read"


def test_the_error_is_bad_input_and_its_text_is_every_mistake() -> None:
    mistakes = [Mistake(Place("a", line), ("k",), "is wrong") for line in (1, 2)]
    error = BadConfig(mistakes)
    assert isinstance(error, BadInput)
    assert error.exit_code == ExitCode.BAD_INPUT
    assert str(error) == "a:1: k: is wrong\na:2: k: is wrong"
    assert error.mistakes == tuple(mistakes)


def test_from_a_hundred_on_only_the_number_of_mistakes_is_said() -> None:
    error = BadConfig([Mistake(Place("a", 1), (), "x")] * (MAX_SHOWN + 7))
    assert str(error).splitlines()[-1] == "and 7 mistakes more"
    assert len(str(error).splitlines()) == MAX_SHOWN + 1


def test_a_key_is_cut_where_it_stops_looking_like_one() -> None:
    assert shown(("client", "auth", "bearer:hunter2")) == "client.auth.bearer…"
    assert shown(("seeds", 0, "url")) == "seeds.0.url"
    assert shown(("",)) == "''"
    assert len(shown(("k" * 10_000,))) < 100
