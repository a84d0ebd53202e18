"""The twin reads the JQL that the product sends, and refuses the rest in Jira's words."""

import pytest

from twin.jql import JqlError, parse
from twin.queries import Compared, Order, ProjectIn, Query, SortField

CREATED, UPDATED, KEY = SortField.CREATED, SortField.UPDATED, SortField.KEY
BY_DEFAULT = (Order(KEY, descending=True),)
APRIL_MS = 1_333_274_400_000  # 2012-04-01 10:00 UTC


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("project = CB", Query((ProjectIn(("CB",)),), BY_DEFAULT)),
        (
            'PROJECT in ("CB", \'T"Z\' , ANY23)',
            Query((ProjectIn(("CB", 'T"Z', "ANY23")),), BY_DEFAULT),
        ),
        (r'project = "a\"b"', Query((ProjectIn(('a"b',)),), BY_DEFAULT)),
        ("updated >= 1333274400000", Query((Compared(UPDATED, ">=", APRIL_MS),), BY_DEFAULT)),
        ("updated>1333274400000", Query((Compared(UPDATED, ">", APRIL_MS),), BY_DEFAULT)),
        ('updated >= "2012/04/01 10:00"', Query((Compared(UPDATED, ">=", APRIL_MS),), BY_DEFAULT)),
        ("created < '2012-04-01 10:00'", Query((Compared(CREATED, "<", APRIL_MS),), BY_DEFAULT)),
        (
            "created >= 0 ORDER BY created ASC, key ASC",
            Query(
                (Compared(CREATED, ">=", 0),),
                (Order(CREATED, descending=False), Order(KEY, descending=False)),
            ),
        ),
        (
            "project in (CB) and updated >= 0 and created <= 9 order by updated desc, issuekey",
            Query(
                (ProjectIn(("CB",)), Compared(UPDATED, ">=", 0), Compared(CREATED, "<=", 9)),
                (Order(UPDATED, descending=True), Order(KEY, descending=False)),
            ),
        ),
    ],
)
def test_it_reads_what_the_product_sends(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Unbounded JQL queries are not allowed here."),
        ("ORDER BY created", "Unbounded JQL queries are not allowed here."),
        ("summary ~ x", "Field 'summary' does not exist or you do not have permission to view it."),
        ("key = CB-1", "Field 'key' does not exist"),
        ("project", "Expecting operator .* before the end of the query."),
        ("project CB", r"Expecting operator .* but got 'CB'. \(line 1, character 9\)"),
        ("project ~ CB", "The operator '~' is not supported by the 'project' field."),
        ("project != CB", "The operator '!=' is not supported by the 'project' field."),
        ("project not in (CB)", "The operator 'not' is not supported by the 'project' field."),
        ("updated in (1)", "The operator 'in' is not supported by the 'updated' field."),
        ("project in CB", r"Expecting '\(' but got 'CB'"),
        ("project in (CB", r"Expecting '\)' before the end of the query."),
        ("project in ()", r"Expecting a value but got '\)'"),
        ("project = CB OR project = TEZ", "Expecting either 'OR' or 'AND' but got 'OR'"),
        ("project = CB project = TEZ", "Expecting either 'OR' or 'AND' but got 'project'"),
        ("project = CB AND", "Expecting a field name before the end of the query."),
        ("project = CB ORDER created", "Expecting 'BY' but got 'created'"),
        ("project = CB ORDER BY rank", "Not able to sort using field 'rank'."),
        ("project = CB ORDER BY key,", "Expecting a field name before the end"),
        (
            "project = {}",
            r"The character '{' is a reserved JQL character.*\(line 1, character 11\)",
        ),
        ('project = "CB', "The character '\"' is a reserved JQL character"),
        ("updated >= 2012-04-01T10:00:00Z", "Date value '2012-04-01T10:00:00Z' .* is invalid"),
        ('updated >= "1333274400000"', "Date value '1333274400000' .* is invalid"),
        ('updated >= "2012/04/01 10:00:30"', "Date value .* is invalid"),
    ],
)
def test_it_refuses_the_rest(text: str, words: str) -> None:
    with pytest.raises(JqlError, match=words):
        parse(text)


def test_seven_fields_to_order_by_are_the_most() -> None:
    seven = ", ".join(["created", "updated", "key"] * 2 + ["created"])
    assert len(parse(f"project = CB ORDER BY {seven}").order) == 7
    with pytest.raises(JqlError, match="8 fields; the maximum is 7"):
        parse(f"project = CB ORDER BY {seven}, key")
