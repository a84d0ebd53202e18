"""Any life of an issue, lived forward, is the one that undoing its history goes back through."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin_jira.raw_histories import item, made, then

PEOPLE = (None, "ann", "bob")
VERSIONS = ("10", "11", "12")


@dataclass
class Model:
    """A life of an issue, forward: what a change does, and a picture after each."""

    person: str | None = None
    versions: list[str] = field(default_factory=list)
    status: str = "1"
    pictures: list[tuple[str | None, list[str], str]] = field(default_factory=list)
    entries: list[tuple[int, list[dict[str, Any]]]] = field(default_factory=list)

    def live(self, step: tuple[str, Any]) -> None:
        """Make one change and remember what it looked like before."""
        self.pictures.append((self.person, sorted(self.versions), self.status))
        kind, value = step
        if kind == "assign":
            change, self.person = item("assignee", self.person, value), value
        elif kind == "status":
            change, self.status = item("status", self.status, value), value
        elif value in self.versions:
            change = item("Fix Version", value, None)
            self.versions.remove(value)
        else:
            change = item("Fix Version", None, value)
            self.versions.append(value)
        self.entries.append((len(self.entries) + 1, [change]))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("assign"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("status"), st.sampled_from(("1", "3", "6"))),
        st.tuples(st.just("version"), st.sampled_from(VERSIONS)),
    ),
    max_size=12,
)


@given(steps=STEPS)
def test_any_life_can_be_rolled_back_to_each_of_its_days(steps: list[tuple[str, Any]]) -> None:
    model = Model()
    for step in steps:
        model.live(step)
    raw = made(
        *model.entries,
        status={"id": model.status, "name": model.status},
        assignee=model.person and {"name": model.person},
        fixVersions=[{"id": version, "name": version} for version in model.versions],
    )
    for day, (person, versions, status) in enumerate(model.pictures):
        found = then(raw, day + 0.5).fields
        assert (found["assignee"] or {"name": None})["name"] == person
        assert sorted(version["id"] for version in found["fixVersions"]) == versions
        assert found["status"]["id"] == status
