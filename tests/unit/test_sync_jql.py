"""The questions a sweep asks: bounded, and nothing of a stranger's stands in them unjudged."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.errors import InvalidField
from services.sync.domain.jql import delta_sweep, full_sweep
from services.sync.domain.selection import (
    MOST_PROJECTS,
    Selection,
    checked_projects,
)

FIELD = "scope.projects"
SCOPE = r'project in \("[A-Z][A-Z0-9_]*"(?:, "[A-Z][A-Z0-9_]*")*\)'
FULL = re.compile(rf"(?:{SCOPE}|created >= 0) ORDER BY created ASC, key ASC")
DELTA = re.compile(rf"(?:{SCOPE} AND )?updated >= \d+ ORDER BY updated ASC, key ASC")


def test_a_site_is_swept_whole_by_a_bounded_question() -> None:
    """Without projects the question is bounded all the same: an unbounded one is refused."""
    assert full_sweep(Selection()) == "created >= 0 ORDER BY created ASC, key ASC"
    assert delta_sweep(Selection(), 0) == "updated >= 0 ORDER BY updated ASC, key ASC"


def test_a_sweep_keeps_to_its_projects() -> None:
    """Projects are quoted; some keys, like AND or NULL, are words of the language."""
    assert full_sweep(Selection(("AND", "OPS"))) == (
        'project in ("AND", "OPS") ORDER BY created ASC, key ASC'
    )


def test_a_delta_is_open_towards_now() -> None:
    """The instant is unquoted milliseconds, and there is no upper bound to stay behind."""
    asked = delta_sweep(Selection(("OPS",)), 1_760_000_000_123)
    assert asked == (
        'project in ("OPS") AND updated >= 1760000000123 ORDER BY updated ASC, key ASC'
    )
    assert "<" not in asked


def test_project_keys_are_told_apart_without_regard_to_case() -> None:
    """Keys come out in capitals, each once, in order."""
    assert checked_projects(["ops", "DEV", "Ops", "a_1"], FIELD) == ("A_1", "DEV", "OPS")
    assert checked_projects([], FIELD) == ()


@pytest.mark.parametrize(
    "key",
    [
        "",
        " ",
        "1OPS",
        "_OPS",
        "OPS-1",
        "OPS ",
        "OPS\n",
        "OPS\x00",
        'OPS") OR project != ("OPS',
        'OPS"',
        "OPS\\",
        "OPS)",
        "$where",
        '{"$gt": ""}',
        "a.b",
        "(a+)+$",
        "\u00d6PS",
        "\u0130",
        "A\u0661",
        "A" * 256,
        "A" * 1_000_000,
    ],
)
def test_a_key_that_is_none_is_refused_with_its_place(key: str) -> None:
    """The refusal names the field and which of its values, and repeats nothing of it."""
    with pytest.raises(InvalidField) as refused:
        checked_projects(["OPS", key], FIELD)
    assert refused.value.metadata == {"field": "scope.projects[1]"}
    assert len(refused.value.message) < 100


def test_projects_are_counted() -> None:
    """Two hundred projects may be named, and not one more."""
    keys = [f"P{number}" for number in range(MOST_PROJECTS + 1)]
    assert len(checked_projects(keys[:-1], FIELD)) == MOST_PROJECTS
    with pytest.raises(InvalidField) as refused:
        checked_projects(keys, FIELD)
    assert refused.value.metadata == {"field": FIELD}


PIECES = ["OPS", "ops", '"', "'", ")", "(", " OR ", "\\", ",", "1", "_", "\n", "\u0130", "\u00df"]


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join) | st.text(), max_size=4),
    st.integers(min_value=0),
)
def test_no_text_changes_the_question(keys: list[str], since: int) -> None:
    """Whatever is offered is refused, or stands as quoted keys in a question of this one shape."""
    try:
        projects = checked_projects(keys, FIELD)
    except InvalidField:
        return
    assert FULL.fullmatch(full_sweep(Selection(projects)))
    assert DELTA.fullmatch(delta_sweep(Selection(projects), since))
