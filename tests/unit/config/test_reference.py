from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import Field

from crawler.config.model import Config, load_config, rendered
from crawler.config.model_keys import all_keys
from crawler.config.reference import example, reference, yaml_text
from crawler.core.units import Duration, Section

ROOT = Path(__file__).parents[3]


class Part(Section):
    """A part."""

    wait: Duration = Field(default=2, description="How long; 0 = not | at all.")


class Whole(Section):
    """The whole."""

    word: str = Field(default="off", description="A word.")
    part: Part = Field(default_factory=Part, description="Some part.")


def test_the_reference_is_a_table_for_each_section() -> None:
    assert reference(Whole, "# Title\n") == (
        "# Title\n\n"
        "| key | type | default | meaning |\n|---|---|---|---|\n"
        '| `word` | text | `"off"` | A word. |\n'
        "\n## part\n\nSome part.\n\n"
        "| key | type | default | meaning |\n|---|---|---|---|\n"
        "| `wait` | duration | `2` | How long; 0 = not \\| at all. |\n"
    )


def test_the_example_is_yaml_with_each_meaning_above_its_key() -> None:
    text = example(Whole, "# Title", {})
    assert text == (
        '# Title\n\n# A word.\nword: "off"\n\n# Some part.\npart:\n  # How long; 0 = not | at all.\n  wait: 2\n'
    )
    assert Whole.model_validate(yaml.safe_load(text)) == Whole()


@pytest.mark.parametrize(
    "value", ["a", "off", "No", "10", "a b", "{x}", "-", "", "ü: é", None, True, 1.5, [1, "on"], {}]
)
def test_one_line_of_yaml_reads_as_the_same_value(value: object) -> None:
    assert yaml.safe_load(yaml_text(value)) == value


@pytest.mark.parametrize(
    ("path", "form"),
    [("docs/reference.md", "markdown"), ("configs/every-option.yaml", "yaml"), ("configs/schema.json", "json")],
)
def test_the_generated_files_are_up_to_date(path: str, form: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == rendered(form), f"run: crawl schema --format {form} > {path}"


def test_the_example_with_every_option_is_the_defaults() -> None:
    defaults = Config(name="every-option", seeds="https://example.org/")  # type: ignore[arg-type]
    assert load_config(str(ROOT / "configs/every-option.yaml")) == defaults


def test_the_example_names_every_key() -> None:
    text = (ROOT / "configs/every-option.yaml").read_text(encoding="utf-8")
    keys = {key.rpartition(".")[2] for key in all_keys(Config) if not key.startswith(("seeds.", "client.auth."))}
    assert not {key for key in keys if f"{key}:" not in text}


def test_the_reference_names_every_key() -> None:
    text = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    nested = {key.partition(".")[2] for key in all_keys(Config) if "." in key}
    assert not {key for key in nested if f"| `{key}` |" not in text}
