"""The twin reads the JQL that the product sends, and refuses the rest in Jira's words."""

import pytest

from twin.jql import parse
from twin.jql_tokens import JqlError
from twin.queries import (
    Both,
    Compared,
    Condition,
    DateField,
    Either,
    Empty,
    KeyCompared,
    NamedField,
    Not,
    OneOf,
    Order,
    Query,
    SortField,
)

CREATED, UPDATED, KEY = DateField.CREATED, DateField.UPDATED, SortField.KEY
BY_DEFAULT = (Order(KEY, descending=True),)
APRIL_MS = 1_333_274_400_000  # 2012-04-01 10:00 UTC


def of_projects(*names: str) -> Condition:
    return OneOf(NamedField.PROJECT, names, "project")


def one(field: NamedField, *values: str) -> Condition:
    return OneOf(field, values, field.value)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("project = CB", Query(of_projects("CB"), BY_DEFAULT)),
        (
            'PROJECT in ("CB", \'T"Z\' , ANY23)',
            Query(OneOf(NamedField.PROJECT, ("CB", 'T"Z', "ANY23"), "PROJECT"), BY_DEFAULT),
        ),
        (r'project = "a\"b"', Query(of_projects('a"b'), BY_DEFAULT)),
        ("updated >= 1333274400000", Query(Compared(UPDATED, ">=", APRIL_MS), BY_DEFAULT)),
        ("updated>1333274400000", Query(Compared(UPDATED, ">", APRIL_MS), BY_DEFAULT)),
        ('updated >= "2012/04/01 10:00"', Query(Compared(UPDATED, ">=", APRIL_MS), BY_DEFAULT)),
        ("created < '2012-04-01 10:00'", Query(Compared(CREATED, "<", APRIL_MS), BY_DEFAULT)),
        (
            "created >= 0 ORDER BY created ASC, key ASC",
            Query(
                Compared(CREATED, ">=", 0),
                (Order(SortField.CREATED, descending=False), Order(KEY, descending=False)),
            ),
        ),
        (
            "project in (CB) and updated >= 0 and created <= 9 order by updated desc, issuekey",
            Query(
                Both((of_projects("CB"), Compared(UPDATED, ">=", 0), Compared(CREATED, "<=", 9))),
                (Order(SortField.UPDATED, descending=True), Order(KEY, descending=False)),
            ),
        ),
    ],
)
def test_it_reads_what_the_product_sends(text: str, query: Query) -> None:
    assert parse(text) == query


A, B, C = (of_projects(name) for name in "ABC")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("project = A OR project = B AND project = C", Either((A, Both((B, C))))),
        ("(project = A OR project = B) AND project = C", Both((Either((A, B)), C))),
        ("NOT project = A AND project = B", Both((Not(A), B))),
        ("project != A", Not(A)),
        ("project not in (A, B)", Not(of_projects("A", "B"))),
        ("resolution is EMPTY", Empty(NamedField.RESOLUTION)),
        ("assignee is not null", Not(Empty(NamedField.ASSIGNEE))),
        ('status = "In Progress"', one(NamedField.STATUS, "In Progress")),
        ("issuekey in (A-1, 10001)", OneOf(NamedField.KEY, ("A-1", "10001"), "issuekey")),
        ("id in (1, 2)", OneOf(NamedField.KEY, ("1", "2"), "id")),
        (
            "key >= A-1 AND key < A-9",
            Both((KeyCompared(">=", "A-1"), KeyCompared("<", "A-9"))),
        ),
        (
            "project = A AND created >= 1 AND created < 2",
            Both((A, Compared(CREATED, ">=", 1), Compared(CREATED, "<", 2))),
        ),
        ("updated >= -10m", Compared(UPDATED, ">=", APRIL_MS - 600_000)),
        ('updated >= "-1w 2d"', Compared(UPDATED, ">=", APRIL_MS - 9 * 86_400_000)),
        ("created < now()", Compared(CREATED, "<", APRIL_MS)),
        ("created < startOfDay()", Compared(CREATED, "<", APRIL_MS - 36_000_000)),
        ("resolved >= 5", Compared(DateField.RESOLVED, ">=", 5)),
    ],
)
def test_it_reads_what_users_restrict_by(text: str, condition: Condition) -> None:
    """NOT binds before AND, AND before OR; periods count from now."""
    assert parse(text, now_ms=APRIL_MS).condition == condition


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Unbounded JQL queries are not allowed here."),
        ("ORDER BY created", "Unbounded JQL queries are not allowed here."),
        ("summary ~ x", "Field 'summary' does not exist or you do not have permission to view it."),
        ("project", "Expecting operator .* before the end of the query."),
        ("project CB", r"Expecting operator .* but got 'CB'. \(line 1, character 9\)"),
        ("project ~ CB", "The operator '~' is not supported by the 'project' field."),
        ("project > CB", "The operator '>' is not supported by the 'project' field."),
        ("project not CB", "The operator 'not' is not supported by the 'project' field."),
        ("status was Done", "The operator 'was' is not supported by the 'status' field."),
        ("project is CB", "Expecting 'EMPTY' or 'NULL' but got 'CB'"),
        ("(project = CB", r"Expecting '\)' before the end of the query."),
        ("project = CB)", r"Expecting either 'OR' or 'AND' but got '\)'"),
        ("updated >= tomorrow()", r"Unable to find JQL function 'tomorrow\(\)'."),
        ('updated >= "-5y"', "Date value '-5y' for field 'updated' is invalid"),
        ("updated in (1)", "The operator 'in' is not supported by the 'updated' field."),
        ("project in CB", r"Expecting '\(' but got 'CB'"),
        ("project in (CB", r"Expecting '\)' before the end of the query."),
        ("project in ()", r"Expecting a value but got '\)'"),
        ("project = CB OR", "Expecting a field name before the end of the query."),
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
