"""Which of a site's fields hold points, sprints, flags and epics: told by schema, never by name.

Ids differ by site; names differ by language, and administrators change them. What company-managed
projects estimate with is a number field like any other: their boards name it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from services.kernel.issue import Tracked

GREENHOPPER: Final = "com.pyxis.greenhopper.jira"
SYSTEM: Final = "com.atlassian.jira.plugin.system.customfieldtypes"
SPRINT: Final = f"{GREENHOPPER}:gh-sprint"
EPIC_LINK: Final = f"{GREENHOPPER}:gh-epic-link"
TEAM_POINTS: Final = f"{GREENHOPPER}:jsw-story-points"
NUMBER: Final = f"{SYSTEM}:float"
CHECKBOXES: Final = f"{SYSTEM}:multicheckboxes"
# A site may have hundreds of checkboxes; Jira Software's own fields are among the first it got.
MOST_OF_A_KIND: Final = 20


@dataclass(frozen=True, slots=True)
class FieldSet:
    """The ids of a site's fields by what they are for; of each kind there may be several.

    `team_points` are those of team-managed projects, `board_points` those that boards estimate
    with. `flags` are all checkboxes: which of them is the flag their values say.
    """

    team_points: tuple[str, ...] = ()
    board_points: tuple[str, ...] = ()
    sprints: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    epics: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Give all of them, each once: what a site is asked for."""
        kinds = (self.team_points, self.board_points, self.sprints, self.flags, self.epics)
        return tuple(dict.fromkeys(field_id for kind in kinds for field_id in kind))

    @property
    def tracked(self) -> dict[str, Tracked]:
        """Tell as what a change of each of them is kept."""
        return {
            **dict.fromkeys((*self.team_points, *self.board_points), Tracked.POINTS),
            **dict.fromkeys(self.sprints, Tracked.SPRINT),
            **dict.fromkeys(self.flags, Tracked.FLAGGED),
            **dict.fromkeys(self.epics, Tracked.EPIC),
        }

    def as_document(self) -> dict[str, list[str]]:
        """Give it as it is stored."""
        return {name: list(ids) for name, ids in asdict(self).items()}


NO_FIELDS: Final = FieldSet()


def set_of_document(document: Mapping[str, Sequence[str]] | None) -> FieldSet:
    """Read one as it was stored; none of any kind where nothing was."""
    return FieldSet(**{name: tuple(ids) for name, ids in (document or {}).items()})


def field_set(
    rows: Iterable[Mapping[str, Any]], estimating: Collection[str] | None, *, known: FieldSet
) -> FieldSet:
    """Find a site's fields in its list of all fields, and in what its boards estimate with.

    `estimating` is None where the boards are not shown to us: then those of before are taken that
    the site still lists. What is listed in a way that cannot be read is none of them.
    """
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        field_id, schema = row.get("id"), row.get("schema")
        if not isinstance(field_id, str) or not isinstance(schema, Mapping):
            continue
        by_kind.setdefault(str(schema.get("custom")), []).append((_number_of(field_id), field_id))
    estimates = known.board_points if estimating is None else estimating
    numbers = [field_id for _, field_id in sorted(by_kind.get(NUMBER, ()))]
    return FieldSet(
        team_points=_first(by_kind, TEAM_POINTS),
        board_points=tuple(field_id for field_id in numbers if field_id in estimates),
        sprints=_first(by_kind, SPRINT),
        flags=_first(by_kind, CHECKBOXES),
        epics=_first(by_kind, EPIC_LINK),
    )


def _first(by_kind: Mapping[str, Sequence[tuple[int, str]]], kind: str) -> tuple[str, ...]:
    """Give the fields of a kind in the order in which the site got them, so far as they count."""
    found = sorted(set(by_kind.get(kind, ())))
    return tuple(field_id for _, field_id in found[:MOST_OF_A_KIND])


def _number_of(field_id: str) -> int:
    number = field_id.rpartition("_")[2]
    return int(number) if number.isdecimal() and len(number) < len(str(2**63)) else 2**63
