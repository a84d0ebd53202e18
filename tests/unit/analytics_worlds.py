"""Random issues, raw as a site gives them, for properties that hold of any history."""

from typing import Any

from hypothesis import strategies as st

from services.analytics.domain.question import Question, Report
from services.kernel.documents import Document, document_of_issue
from services.kernel.ids import ConnectionId, TenantScope, WorkspaceId
from services.kernel.period import Period
from services.sync.domain import translate

SCOPE = TenantScope(WorkspaceId("wsp_1"), ConnectionId("con_1"))
HOUR = 3_600_000
# Few instants, so that many are equal; few values of anything, so that they meet.
instants = st.integers(0, 40).map(lambda hours: hours * HOUR)
# 1 is new, 3 and 4 in progress, 5 and 6 done; the site lists no 9.
statuses = st.sampled_from(["1", "3", "4", "5", "6", "9"])
people = st.sampled_from([None, "ann", "bob"])
projects = st.sampled_from(["AB", "CD"])
types = st.sampled_from(["Bug", "Task"])


def _item(field: str, source: str | None, target: str | None, prefix: str = "") -> dict[str, Any]:
    """Make a changelog item whose names are the ids with a prefix."""
    return {
        "field": field,
        "fieldtype": "jira",
        "from": source,
        "fromString": source and prefix + source,
        "to": target,
        "toString": target and prefix + target,
    }


_items = st.one_of(
    st.builds(_item, st.just("status"), statuses, statuses, st.just("S")),
    st.builds(_item, st.just("status"), st.just(None), statuses).map(
        lambda item: {**item, "fromString": "S3"}
    ),
    st.builds(_item, st.just("assignee"), people, people, st.just("P")),
    st.builds(_item, st.just("issuetype"), types, types),
    st.builds(_item, st.just("Key"), projects, projects).map(
        lambda item: {
            **item,
            "from": None,
            "to": None,
            "fromString": f"{item['fromString']}-1",
            "toString": f"{item['toString']}-1",
        }
    ),
)
_histories = st.lists(
    st.fixed_dictionaries({"created": instants, "items": st.lists(_items, max_size=3)}),
    max_size=8,
).map(lambda rows: [{**row, "id": str(9 + number)} for number, row in enumerate(rows)])


@st.composite
def raw_issues(draw: st.DrawFn) -> dict[str, Any]:
    """Make one issue as a site gives it, with all of its changelog."""
    number, project, status = draw(st.integers(1, 12)), draw(projects), draw(statuses)
    person = draw(people)
    return {
        "id": str(number),
        "key": f"{project}-{number}",
        "fields": {
            "created": draw(instants),
            "updated": draw(instants),
            "status": {"id": status, "name": f"S{status}"},
            "issuetype": {
                "id": "1",
                "name": draw(types),
                "subtask": draw(st.sampled_from([False] * 5 + [True])),
                "hierarchyLevel": draw(st.sampled_from([0] * 5 + [1])),
            },
            "project": {"id": "1", "key": project},
            "assignee": person and {"accountId": person, "displayName": f"P{person}"},
        },
        "changelog": {"histories": draw(_histories)},
    }


def document(raw: dict[str, Any], seq: int, deleted: int | None = None) -> Document:
    """Make the document that sync writes of an issue."""
    issue = translate.issue(raw, raw["changelog"]["histories"])
    return {**document_of_issue(issue, SCOPE), "seq": seq, "deleted": deleted}


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Ask anything."""
    ends = sorted(draw(st.lists(instants, min_size=2, max_size=2, unique=True)))
    return Question(
        report=draw(st.sampled_from(Report)),
        connection="",
        period=Period(ends[0], ends[1]),
        as_of=draw(instants),
        time_zone="UTC",
        projects=tuple(draw(st.sampled_from([(), ("AB",), ("AB", "CD")]))),
        issue_types=tuple(draw(st.sampled_from([(), ("Bug",)]))),
        digest="",
    )
