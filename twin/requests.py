"""The request bodies of the calls that have one; a property Jira does not know is refused."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from twin.answers import UNREADABLE_REQUEST, Refusal

MAX_BULK_ISSUES = 100
MAX_CHANGELOG_ISSUES = 1_000
_MAX_CHANGELOG_FIELDS = 10
_MAX_CHANGELOG_ENTRIES = 10_000
_MAX_RECONCILED = 50
_MAX_PROPERTIES = 5
_MAX_MATCHED_ISSUES = 1_000
_MAX_MATCHED_QUERIES = 10
_LISTS = frozenset({"fields", "properties", "reconcileIssues"})

BodyT = TypeVar("BodyT", bound=BaseModel)


class Body(BaseModel):
    """A request body; its properties have Jira's names, in camel case."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class SearchRequest(Body):
    """POST search/jql."""

    jql: str = ""
    next_page_token: str | None = None
    max_results: int = 50
    fields_: Annotated[tuple[str, ...], Field(alias="fields")] = ()
    expand: str = ""
    properties: Annotated[tuple[str, ...], Field(max_length=_MAX_PROPERTIES)] = ()
    fields_by_keys: bool = False
    reconcile_issues: Annotated[tuple[int, ...], Field(max_length=_MAX_RECONCILED)] = ()


class SearchQuery(SearchRequest):
    """GET search/jql: the same as query parameters, and one more."""

    fail_fast: bool = False


class CountRequest(Body):
    """POST search/approximate-count."""

    jql: str = ""


class MatchRequest(Body):
    """POST jql/match. How many are too many, no document says."""

    issue_ids: Annotated[tuple[int, ...], Field(max_length=_MAX_MATCHED_ISSUES)]
    jqls: Annotated[tuple[str, ...], Field(max_length=_MAX_MATCHED_QUERIES)]


class BulkIssuesRequest(Body):
    """POST issue/bulkfetch."""

    issue_ids_or_keys: tuple[str, ...]
    fields_: Annotated[tuple[str, ...], Field(alias="fields")] = ()
    expand: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    fields_by_keys: bool = False


class BulkChangelogRequest(Body):
    """POST changelog/bulkfetch."""

    issue_ids_or_keys: tuple[str, ...]
    field_ids: Annotated[tuple[str, ...], Field(max_length=_MAX_CHANGELOG_FIELDS)] = ()
    max_results: Annotated[int, Field(ge=1, le=_MAX_CHANGELOG_ENTRIES)] = 1_000
    next_page_token: str | None = None


async def body_of(request: web.Request, kind: type[BodyT]) -> BodyT:
    """Parse the request's body; Refusal when it is not JSON or not of this kind."""
    return _parsed(await request.read(), kind)


def _parsed(body: bytes, kind: type[BodyT]) -> BodyT:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise Refusal(_why(error)) from error


def query_of(request: web.Request) -> SearchQuery:
    """Parse a search's query parameters; Refusal when one does not fit."""
    given: dict[str, object] = {}
    for name in request.query:
        values = request.query.getall(name)
        given[name] = [part for value in values for part in value.split(",") if part]
        if name not in _LISTS:
            given[name] = values[-1]
    return _known(given)


def _known(given: Mapping[str, object]) -> SearchQuery:
    """Parse parameters as Jira does: those that no call has are passed over."""
    names = {field.alias for field in SearchQuery.model_fields.values()}
    try:
        return SearchQuery.model_validate({k: v for k, v in given.items() if k in names})
    except ValidationError as error:
        raise Refusal(_why(error)) from error


def _why(error: ValidationError) -> str:
    """Say which property is wrong, after the words Jira has for all of them."""
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{UNREADABLE_REQUEST} ({where}: {first['msg']})" if where else UNREADABLE_REQUEST
