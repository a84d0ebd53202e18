"""What a site lists beside its issues: versions, sprints and workflows, in the product's own words.

Pure. Each is what it is now: none of it bumps an issue's `updated`, and none has a history.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from services.kernel.ids import Instant
from services.sync.domain.translate import Untranslatable, instant

Json = Mapping[str, Any]
Row = dict[str, Any]

LONGEST_TEXT: Final = 255


class Kind(StrEnum):
    """What is listed."""

    VERSIONS = "VERSIONS"
    SPRINTS = "SPRINTS"
    WORKFLOWS = "WORKFLOWS"


@dataclass(frozen=True, slots=True)
class SiteList:
    """What was read of a list; `whole` where the site showed all of it, and no bound was met."""

    kind: Kind
    read: Instant
    rows: Sequence[Row]
    whole: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """How many a list holds, and when it was read."""

    kind: Kind
    count: int
    read: Instant
    whole: bool


def version(raw: Json) -> Row:
    """Translate a version of a project; its dates are days, without a zone."""
    return {
        "id": _id(raw["id"]),
        "name": _text(raw["name"]),
        "project_id": _id(raw["projectId"]),
        "released": raw.get("released") is True,
        "archived": raw.get("archived") is True,
        "release_day": _optional_text(raw.get("releaseDate")),
    }


def sprint(raw: Json) -> Row:
    """Translate a sprint; what is not known yet is None."""
    return {
        "id": _id(raw["id"]),
        "name": _text(raw["name"]),
        "state": _text(raw["state"]),
        "start": _optional_instant(raw.get("startDate")),
        "end": _optional_instant(raw.get("endDate")),
        "completed": _optional_instant(raw.get("completeDate")),
    }


def workflow(raw: Json) -> Row:
    """Translate a workflow; `version` is another number with every change that was published."""
    project = (raw.get("scope") or {}).get("project") or {}
    number = (raw.get("version") or {}).get("versionNumber")
    return {
        "id": _id(raw["id"]),
        "name": _text(raw["name"]),
        "project_id": _optional_text(project.get("id")),
        "version": number if isinstance(number, int) else None,
        "status_count": len(raw.get("statuses") or ()),
    }


def rows_of(raws: Iterable[Json], translate: Callable[[Json], Row]) -> tuple[list[Row], bool]:
    """Translate what can be; in the order of ids, each once. Tells whether all could."""
    found: dict[str, Row] = {}
    whole = True
    for raw in raws:
        try:
            row = translate(raw)
            found[row["id"]] = row
        except (KeyError, TypeError, ValueError, AttributeError):
            whole = False
    return [found[each] for each in sorted(found)], whole


def _id(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Untranslatable("an id that is none")
    return _text(str(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Untranslatable("a text that is none")
    return value[:LONGEST_TEXT].encode("utf-8", "replace").decode()


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _optional_instant(value: object) -> Instant | None:
    return instant(value) if isinstance(value, str | int) else None
