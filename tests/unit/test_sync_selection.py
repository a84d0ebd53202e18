"""A restriction in JQL restricts, and does nothing else, wherever it is put."""

import pytest

from services.kernel.errors import InvalidField
from services.sync.domain.jql import delta_sweep, full_sweep
from services.sync.domain.selection import LONGEST_JQL, Selection, checked_jql

FIELD = "scope.jql"


def test_a_restriction_stands_in_parentheses_beside_everything_else() -> None:
    """Beside projects and instants; alone it is bounded, as a question must be."""
    sentence = 'labels = "a) OR (b" OR type = Bug'
    both, alone = Selection(("OPS",), sentence), Selection((), sentence)
    assert full_sweep(both).startswith(f'project in ("OPS") AND ({sentence}) ORDER BY')
    assert delta_sweep(both, 5).startswith(f'project in ("OPS") AND ({sentence}) AND updated >= 5 ')
    assert full_sweep(alone).startswith(f"({sentence}) AND created >= 0 ORDER BY")


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "type = Bug",
        " type = Bug ",
        'labels = "ORDER BY it"',
        r"summary ~ 'it\'s (fine'",
        "a in (1, (2))",
        'border = 1 AND "order byte" = 2',
    ],
)
def test_restrictions_that_may_stand(sentence: str) -> None:
    assert checked_jql(sentence, FIELD) == sentence.strip()


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("a = 1) OR (b = 2", "parenthesis"),
        ("(a = 1", "parenthesis"),
        ("a = 1)", "parenthesis"),
        ('a = "1', "quotation"),
        ("a = '1", "quotation"),
        (r'a = "1\"', "quotation"),
        # What Jira takes for a quotation mark of a word, we would take for the start of a text.
        (r'a ~ \" ) OR (b ~ "1 \" 2"', "backslash"),
        ("a = 1 ORDER BY created", "ORDER BY"),
        ("a = 1 order   by created", "ORDER BY"),
        ("a" * (LONGEST_JQL + 1), "2000"),
        ("a = \u202e1", "printable"),
        ("a = 1\nOR b = 2", "printable"),
    ],
)
def test_restrictions_that_may_not(sentence: str, problem: str) -> None:
    """What would not stay within its parentheses, or orders what has none, is refused by name."""
    with pytest.raises(InvalidField, match=problem) as refused:
        checked_jql(sentence, FIELD)
    assert refused.value.metadata == {"field": FIELD}
