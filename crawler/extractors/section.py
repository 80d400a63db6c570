"""The part of the YAML file about what is taken from pages: declared fields, and which links to follow."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from crawler.core.pattern import MAX_PATTERN_LENGTH
from crawler.core.registry import load
from crawler.core.section_types import RegularExpression, listed, problem, refuse
from crawler.core.units import Section
from crawler.extractors import EXTRACTORS

# A name that pydantic's models have had for something else; nobody calls that.
warnings.filterwarnings("ignore", 'Field name "json" in', UserWarning)

_KINDS = tuple(kind for kind in EXTRACTORS if kind != "regex")  # regex may go with another one
_RELATIVE = ("css", "xpath", "json", "jsonld")  # what fields can be relative to
_OF_VALUES = ("source", "attr", "all", "join", "type", "default")
_WORDS = {
    "regex": "regular expression",
    "css": "CSS selector",
    "xpath": "XPath",
    "jsonld": "JSON-LD path",
    "json": "JMESPath",
    "meta": "name",
}


def _usable(kind: str) -> Callable[[str], str]:
    """A validator for expressions of one kind of extractor: the extractor itself says what is wrong."""

    def check(expression: str) -> str:
        if len(expression) > MAX_PATTERN_LENGTH:
            raise problem(f"has {len(expression)} characters; at most {MAX_PATTERN_LENGTH} are allowed")
        try:
            load(EXTRACTORS, kind)(expression)
        except ValueError as error:
            raise problem(f"is no {_WORDS[kind]} that can be used: {error}") from None
        return expression

    return check


Css = Annotated[str, AfterValidator(_usable("css"))]
XPath = Annotated[str, AfterValidator(_usable("xpath"))]
JsonLdPath = Annotated[str, AfterValidator(_usable("jsonld"))]
JmesPath = Annotated[str, AfterValidator(_usable("json"))]
FieldPattern = Annotated[str, AfterValidator(_usable("regex"))]
MetaName = Annotated[str, AfterValidator(_usable("meta"))]


class EachSection(Section):
    """Where the items are: exactly one of the keys. A text alone is a CSS selector."""

    example: ClassVar[str] = "{css: .item}"

    css: Css | None = Field(default=None, description="A CSS selector of the items.")
    xpath: XPath | None = Field(default=None, description="An XPath of the items.")
    jsonld: JsonLdPath | None = Field(default=None, description="A JSON-LD path of the items.")
    json: JmesPath | None = Field(  # type: ignore[assignment]
        default=None, description="A JMESPath of the items."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> EachSection:
        if len(_given(self, _RELATIVE)) != 1:
            raise problem(f"must have exactly one of: {', '.join(_RELATIVE)}")
        return self

    @property
    def kind(self) -> str:
        """The key that is given."""
        return _given(self, _RELATIVE)[0]

    @property
    def expression(self) -> str:
        """Its value."""
        return str(getattr(self, self.kind))


def _css(value: Any) -> Any:
    return {"css": value} if isinstance(value, str) else value


class FieldSection(Section):
    """One field: where its value is, and what becomes of it."""

    example: ClassVar[str] = "{css: h1}"

    css: Css | None = Field(
        default=None,
        description="A CSS selector, as far as lexbor has them (no :scope, no :lang, none that begins with >). At its "
        "end, ::text = an element's own texts, ::attr(name) = an attribute; alone, they mean the item of `each`.",
    )
    xpath: XPath | None = Field(
        default=None,
        description="An XPath 1.0 over the tree that a browser shows (tables have a tbody), with re:test and the like.",
    )
    jsonld: JsonLdPath | None = Field(
        default=None,
        description="A path into the page's JSON-LD: a type, then properties, as in Product.offers.price; numbers pick "
        "from lists, @graph and references are seen through.",
    )
    json: JmesPath | None = Field(  # type: ignore[assignment]
        default=None,
        description="A JMESPath into a JSON body (application/json and the like). A list is one value, unless all or "
        "join is set.",
    )
    meta: MetaName | None = Field(
        default=None, description="The content of the meta element with this name or property, as in og:title."
    )
    regex: FieldPattern | None = Field(
        default=None,
        description="Alone: a regular expression searched in `source`. Beside another key: what to keep of each value. "
        "The first group counts, without groups the whole match; a value that does not match is none.",
    )
    source: Literal["text", "html", "url"] | None = Field(
        default=None,
        description="Where a regex alone is searched: text = the page's text, html = its markup or JSON, url = its "
        "URL. null = text.",
    )
    attr: str | None = Field(
        default=None,
        min_length=1,
        description="With css or xpath: the value of this attribute. null = the element's text.",
    )
    all: bool = Field(default=False, description="true = a list of all values; false = the first one.")
    join: str | None = Field(
        default=None, description="All values as one text, with this between them. null = not joined."
    )
    type: Literal["str", "int", "float", "bool", "url", "date", "datetime", "html", "text"] | None = Field(
        default=None,
        description="str = text in one line; text = text in lines; html = markup; int and float = the first number, as "
        '"1,299.00 €" or "1.299,00 €"; bool = false for false, no, off, 0, none, null, else true; url = absolute and '
        "normalised; date and datetime = ISO 8601. What is no such thing is no value. null = str for HTML, JSON values "
        "as they are.",
    )
    default: Any = Field(default=None, description="In place of a value that is not there.")
    required: bool = Field(
        default=False,
        description="true = pages without it are counted (missing_fields in the summary), and a warning says so once.",
    )
    each: Annotated[EachSection, BeforeValidator(_css, json_schema_input_type=str | EachSection)] | None = Field(
        default=None,
        description="Where the items are for which `fields` are taken, one object each: a CSS selector, or "
        "{xpath: …}, {jsonld: …}, {json: …}. Within another `each`, what is inside of its item. null = one object.",
    )
    fields: dict[str, FieldSection] | None = Field(
        default=None,
        min_length=1,
        description="Fields of a nested object, in place of a value; within `each`, relative to the item and of the "
        "same kind as `each`.",
    )

    @field_validator("fields")
    @classmethod
    def _relative(cls, fields: dict[str, FieldSection] | None, info: ValidationInfo) -> dict[str, FieldSection] | None:
        each: EachSection | None = info.data.get("each")
        if each is not None:
            refuse(
                problem(f"must be found by {each.kind}, as the items of each are", below=name)
                for name, field in (fields or {}).items()
                if field.kinds() - {each.kind}
            )
        return fields

    @model_validator(mode="after")
    def _is_whole(self) -> FieldSection:
        refuse(map(problem, self._value_problems() if self.fields is None else self._object_problems()))
        return self

    def _object_problems(self) -> Iterator[str]:
        if beside := _given(self, (*_KINDS, "regex", *_OF_VALUES)):
            yield f"must not have {', '.join(beside)} beside fields"

    def _value_problems(self) -> Iterator[str]:
        kinds = _given(self, _KINDS)
        if self.each is not None:
            yield "must have fields beside each"
            return
        if len(kinds) > 1 or (not kinds and self.regex is None):
            yield f"must have exactly one of: {', '.join(EXTRACTORS)}; or fields (regex may go with another)"
            return
        if self.attr is not None and (reason := _goes_not_with(self.attr, self.kind, self.expression)):
            yield reason
        if self.source is not None and kinds:
            yield f"must not have source, which goes with a regex alone, beside {kinds[0]}"
        if self.join is not None and self.type not in (None, "str", "text", "html"):
            yield f"must not have join, which makes text, beside type: {self.type}"

    @property
    def kind(self) -> str:
        """The kind of extractor; regex only where no other is given."""
        return (_given(self, _KINDS) or ["regex"])[0]

    @property
    def expression(self) -> str:
        """What the extractor is made with."""
        return str(getattr(self, self.kind))

    def kinds(self) -> set[str]:
        """The kinds of extractors that look into an item around this field."""
        if self.each is not None:
            return {self.each.kind}
        if self.fields is not None:
            return {kind for field in self.fields.values() for kind in field.kinds()}
        return {self.kind}


def _given(section: Section, names: tuple[str, ...]) -> list[str]:
    """Those of `names` that have another value than their default."""
    return [name for name in names if getattr(section, name) != type(section).model_fields[name].default]


def _goes_not_with(attr: str, kind: str, expression: str) -> str:
    """Why an attribute cannot be taken of what the expression finds, or nothing."""
    if kind not in ("css", "xpath"):
        return "must not have attr, which goes with css or xpath"
    try:
        load(EXTRACTORS, kind)(expression, attr)
    except ValueError as error:
        return f"is contradictory: {error}"
    return ""


class ExtractSection(Section):
    """Fields to take from the pages whose URL matches."""

    example: ClassVar[str] = "{fields: {title: {css: h1}}}"

    match: RegularExpression | None = Field(
        default=None,
        description="A regular expression searched in the page's URL, where redirects ended. null = every page.",
    )
    fields: dict[str, FieldSection] = Field(
        min_length=1,
        description="The fields by name; they are the keys of data in the record, in this order.",
    )


_ONE_OR_MORE = BeforeValidator(listed, json_schema_input_type=str | list[str])
Selectors = Annotated[tuple[Css, ...], Field(strict=False), _ONE_OR_MORE]
JmesPaths = Annotated[tuple[JmesPath, ...], Field(strict=False), _ONE_OR_MORE]


class FollowSection(Section):
    """Which links to follow from the pages whose URL matches."""

    example: ClassVar[str] = "{css: a.next}"

    match: RegularExpression | None = Field(
        default=None,
        description="A regular expression searched in the page's URL, where redirects ended. null = every page.",
    )
    css: (
        Annotated[tuple[Css, ...], Field(strict=False), BeforeValidator(listed, json_schema_input_type=str | list[str])]
        | None
    ) = Field(
        default=None,
        description="CSS selectors of links, or of elements that hold links; with ::attr(name), of other references. "
        "[] = none.",
    )
    json: (
        Annotated[
            tuple[JmesPath, ...], Field(strict=False), BeforeValidator(listed, json_schema_input_type=str | list[str])
        ]
        | None
    ) = Field(  # type: ignore[assignment]
        default=None,
        description="JMESPaths of references in a JSON body, such as next or items[].url. [] = none.",
    )

    @model_validator(mode="after")
    def _says_which(self) -> FollowSection:
        if self.css is None and self.json is None:
            raise problem("must have css or json; css: [] follows no link")
        return self


def _rules(value: Any) -> Any:
    return () if value is None else listed(value)


Extract = Annotated[
    tuple[ExtractSection, ...],
    Field(strict=False),
    BeforeValidator(_rules, json_schema_input_type=ExtractSection | list[ExtractSection] | None),
]
Follow = Annotated[
    tuple[FollowSection, ...],
    Field(strict=False),
    BeforeValidator(_rules, json_schema_input_type=FollowSection | list[FollowSection] | None),
]
