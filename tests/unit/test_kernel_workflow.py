"""Which stage a status stands for."""

import pytest

from services.kernel.workflow import DONE_STAGE, START_STAGE, Category, Status, Workflow

WORKFLOW = Workflow(
    statuses={
        "1": Status("1", "Done", Category.NEW),
        "3": Status("3", "To Do", Category.INDETERMINATE),
        "6": Status("6", "In Progress", Category.DONE),
    }
)


@pytest.mark.parametrize(
    ("key", "category"),
    [
        ("new", Category.NEW),
        ("indeterminate", Category.INDETERMINATE),
        ("done", Category.DONE),
        ("undefined", Category.INDETERMINATE),
        ("Done", Category.INDETERMINATE),
        ("", Category.INDETERMINATE),
        (None, Category.INDETERMINATE),
    ],
)
def test_a_category_is_known_by_its_key(key: str | None, category: Category) -> None:
    """What is not one of Jira's three keys counts as in progress."""
    assert Category.of(key) is category


def test_stages_rise_from_new_to_done() -> None:
    """Work starts when it leaves `new`, and is done in `done`."""
    assert [category.stage for category in Category] == [0, START_STAGE, DONE_STAGE]
    assert 0 < START_STAGE < DONE_STAGE


def test_a_stage_is_never_judged_by_a_name() -> None:
    """A status called Done that is new is new."""
    assert [WORKFLOW.stage_of(status) for status in ("1", "3", "6")] == [0, 1, 2]


@pytest.mark.parametrize("status_id", ["", "10001", "Done", "01"])
def test_a_status_the_site_does_not_list_counts_as_in_progress(status_id: str) -> None:
    """An issue may have been in a status that was deleted since."""
    assert WORKFLOW.stage_of(status_id) == START_STAGE
    assert Workflow().stage_of(status_id) == START_STAGE
