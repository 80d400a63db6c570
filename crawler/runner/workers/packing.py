"""Requests and outcomes as values that a channel carries, and back."""

from __future__ import annotations

from typing import Any, cast

from crawler.core.errors import FetchFailed
from crawler.core.visit import NOTHING, FieldTrace, Headers, Page, Request, Response, Taken, Visit, VisitError
from crawler.engine.outcome import Again, Done, Hop, Outcome, SitemapDone, Unheard

Packed = tuple[Any, ...]

_LINKS, _DATA, _HEADERS = (Visit._fields.index(name) for name in ("links", "data", "headers"))
_BODIES, _RESPONSE = (Visit._fields.index(name) for name in ("bodies", "response"))
_ERROR = Visit._fields.index("error")
_RESPONSE_HEADERS = Response._fields.index("headers")


def packed_request(request: Request) -> Packed:
    """A request is made of plain values already."""
    return tuple(request)


def unpacked_request(values: Packed) -> Request:
    """What `packed_request` was given."""
    return Request._make(values)


def packed_outcome(outcome: Outcome) -> Packed:
    """An outcome, its kind first."""
    match outcome:
        case Done(visit, follow, refused, was_tried):
            return "done", _packed_visit(visit), _packed_follow(follow, visit.links), refused, was_tried
        case Hop(target, response, visit):
            return "hop", target, packed_response(response), None if visit is None else _packed_visit(visit)
        case SitemapDone(response, problem, was_tried):
            return "sitemap", None if response is None else packed_response(response), problem, was_tried
        case Again():
            return "again", *outcome
        case Unheard():
            return ("unheard",)


def unpacked_outcome(values: Packed) -> Outcome:
    """What `packed_outcome` was given."""
    kind, *rest = values
    match kind:
        case "done":
            visit = _unpacked_visit(rest[0])
            return Done(visit, _unpacked_follow(rest[1], visit.links), rest[2], rest[3])
        case "hop":
            return Hop(rest[0], unpacked_response(rest[1]), None if rest[2] is None else _unpacked_visit(rest[2]))
        case "sitemap":
            return SitemapDone(None if rest[0] is None else unpacked_response(rest[0]), *rest[1:])
        case "unheard":
            return Unheard()
        case _:
            return Again(*rest)


def packed_response(response: Response) -> Packed:
    """A response, body included."""
    values: list[Any] = list(response)
    values[_RESPONSE_HEADERS] = list(response.headers)
    return tuple(values)


def unpacked_response(values: Packed) -> Response:
    """What `packed_response` was given."""
    response = Response._make(values)
    return response._replace(headers=Headers(response.headers))


def packed_failure(failure: FetchFailed) -> Packed:
    """A failure, and what had arrived before it."""
    response = None if failure.response is None else packed_response(cast("Response", failure.response))
    return failure.type, failure.message, failure.reached, response, failure.unheard


def unpacked_failure(values: Packed) -> FetchFailed:
    """What `packed_failure` was given."""
    type, message, reached, arrived, unheard = values
    response = None if arrived is None else unpacked_response(arrived)
    return FetchFailed(type, message, reached=reached, response=response, unheard=unheard)


def packed_page(page: Page) -> Packed:
    """A page that was read."""
    values: dict[str, Any] = page._asdict()
    values |= {"links": _joined(page.links), "follow": _packed_follow(page.follow, page.links)}
    data, missing, hrefs, bodies, traces = page.taken
    taken = (dict(data), missing, hrefs, dict(bodies), tuple(map(tuple, traces)))
    values |= {"refused": dict(page.refused), "taken": taken}
    return tuple(values.values())


def unpacked_page(values: Packed) -> Page:
    """What `packed_page` was given."""
    page = Page._make(values)
    links = _split(page.links)  # type: ignore[arg-type]
    taken = Taken._make(page.taken)
    taken = taken._replace(traces=tuple(map(FieldTrace._make, taken.traces)))
    return page._replace(links=links, follow=_unpacked_follow(page.follow, links), taken=taken)


def _packed_visit(visit: Visit) -> Packed:
    values: list[Any] = list(visit)
    values[_LINKS] = _joined(visit.links)
    values[_DATA], values[_BODIES] = dict(visit.data) or None, dict(visit.bodies) or None
    if visit.response is not None:
        values[_RESPONSE] = packed_response(visit.response)
    if visit.error is not None:
        values[_ERROR] = tuple(visit.error)
    if visit.headers is not None:
        values[_HEADERS] = list(visit.headers)
    return tuple(values)


def _unpacked_visit(values: Packed) -> Visit:
    fields = list(values)
    fields[_LINKS] = _split(fields[_LINKS])
    fields[_DATA], fields[_BODIES] = fields[_DATA] or NOTHING, fields[_BODIES] or NOTHING
    if fields[_RESPONSE] is not None:
        fields[_RESPONSE] = unpacked_response(fields[_RESPONSE])
    if fields[_ERROR] is not None:
        fields[_ERROR] = VisitError._make(fields[_ERROR])
    if fields[_HEADERS] is not None:
        fields[_HEADERS] = Headers(fields[_HEADERS])
    return Visit._make(fields)


def _packed_follow(follow: tuple[str, ...], links: tuple[str, ...]) -> int | str:
    """Their number where they are the first of `links`, as they are unless a page names one of them twice."""
    return len(follow) if links[: len(follow)] == follow else _joined(follow)


def _unpacked_follow(values: Any, links: tuple[str, ...]) -> tuple[str, ...]:
    return links[:values] if isinstance(values, int) else _split(values)


def _joined(urls: tuple[str, ...]) -> str:
    """One text, which costs a third of what a hundred cost. A normalised URL holds no line feed."""
    return "\n".join(urls)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()
