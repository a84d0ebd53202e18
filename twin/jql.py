"""The part of JQL that the product speaks: tokens, then a query, or a refusal in Jira's words.

`project = A`, `project in (A, "B")`, `created` and `updated` compared with epoch milliseconds
(unquoted, absolute) or with a date of minute granularity (in the user's zone, UTC here), `AND`,
and `ORDER BY` of at most seven fields.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from twin.queries import Compared, Order, ProjectIn, Query, SortField

MAX_ORDER_FIELDS = 7


class JqlError(Exception):
    """The query is refused; the text is what Jira puts into `errorMessages`."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str  # string, operator, mark, word or end
    at: int  # offset of its first character

    def says(self, word: str) -> bool:
        return self.kind in {"word", "operator", "mark"} and self.text.lower() == word


_TOKEN = re.compile(
    r"""\s*(?:
        "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>(?:[^'\\]|\\.)*)'
      | (?P<operator>>=|<=|!=|!~|[=<>~])
      | (?P<mark>[(),])
      | (?P<word>[\w.\-/:+]+)
      | (?P<end>$)
    )""",
    re.VERBOSE,
)
_OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"
_FIELDS = {
    "created": SortField.CREATED,
    "createddate": SortField.CREATED,
    "updated": SortField.UPDATED,
    "updateddate": SortField.UPDATED,
    "key": SortField.KEY,
    "issuekey": SortField.KEY,
}
_DATE_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)


def parse(text: str) -> Query:
    """Parse JQL; JqlError when it is unbounded, or not what the product sends."""
    return _Parser(text).query()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while not tokens or tokens[-1].kind != "end":
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise JqlError(_reserved(text[at], at))
        kind = str(match.lastgroup)
        quoted = kind in {"double", "single"}
        value = re.sub(r"\\(.)", r"\1", match[kind]) if quoted else match[kind]
        tokens.append(_Token(value, "string" if quoted else kind, match.start(kind) - quoted))
        at = match.end()
    return tokens


def _reserved(character: str, at: int) -> str:
    return (
        f"Error in the JQL Query: The character '{character}' is a reserved JQL character. You "
        f"must enclose it in a string or use the escape '\\u{ord(character):04x}' instead. "
        f"(line 1, character {at + 1})"
    )


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0

    def query(self) -> Query:
        clauses: list[ProjectIn | Compared] = []
        if not self._at_order() and self._peek().kind != "end":
            clauses.append(self._clause())
            while self._accept("and"):
                clauses.append(self._clause())
        order = self._order()
        if self._peek().kind != "end":
            raise self._expected("either 'OR' or 'AND'")
        if not clauses:
            raise JqlError(UNBOUNDED)
        return Query(tuple(clauses), order)

    def _clause(self) -> ProjectIn | Compared:
        name = self._value("a field name")
        field = name.text.lower()
        if field == "project":
            return ProjectIn(self._projects())
        if field in _FIELDS and _FIELDS[field] is not SortField.KEY:
            return self._comparison(_FIELDS[field])
        raise JqlError(
            f"Field '{name.text}' does not exist or you do not have permission to view it."
        )

    def _projects(self) -> tuple[str, ...]:
        if self._accept("="):
            return (self._value("a value").text,)
        if not self._accept("in"):
            raise self._unsupported("project")
        self._expect("(")
        projects = [self._value("a value").text]
        while self._accept(","):
            projects.append(self._value("a value").text)
        self._expect(")")
        return tuple(projects)

    def _comparison(self, field: SortField) -> Compared:
        operator = self._peek()
        if operator.text not in {">=", ">", "<=", "<"}:
            raise self._unsupported(field)
        self._next += 1
        return Compared(field, operator.text, _instant(self._value("a value"), field))

    def _order(self) -> tuple[Order, ...]:
        if not self._accept("order"):
            return (Order(SortField.KEY, descending=True),)
        self._expect("by")
        order = [self._order_field()]
        while self._accept(","):
            order.append(self._order_field())
        if len(order) > MAX_ORDER_FIELDS:
            raise JqlError(
                f"The ORDER BY clause has {len(order)} fields; the maximum is {MAX_ORDER_FIELDS}."
            )
        return tuple(order)

    def _order_field(self) -> Order:
        name = self._value("a field name")
        if name.text.lower() not in _FIELDS:
            raise JqlError(f"Not able to sort using field '{name.text}'.")
        descending = self._accept("desc")
        if not descending:
            self._accept("asc")
        return Order(_FIELDS[name.text.lower()], descending=descending)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _at_order(self) -> bool:
        return self._peek().says("order")

    def _accept(self, word: str) -> bool:
        found = self._peek().says(word)
        self._next += found
        return found

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self._expected(f"'{word.upper()}'")

    def _value(self, what: str) -> _Token:
        token = self._peek()
        if token.kind not in {"word", "string"}:
            raise self._expected(what)
        self._next += 1
        return token

    def _expected(self, what: str) -> JqlError:
        token = self._peek()
        if token.kind == "end":
            return JqlError(
                f"Error in the JQL Query: Expecting {what} before the end of the query."
            )
        return JqlError(
            f"Error in the JQL Query: Expecting {what} but got '{token.text}'. "
            f"(line 1, character {token.at + 1})"
        )

    def _unsupported(self, field: str) -> JqlError:
        token = self._peek()
        if token.kind == "operator" or token.text.lower() in {"in", "not", "is", "was", "changed"}:
            return JqlError(f"The operator '{token.text}' is not supported by the '{field}' field.")
        return self._expected(f"operator (the valid operators are {_OPERATORS})")


def _instant(value: _Token, field: str) -> int:
    """Read unquoted epoch milliseconds, or a date of minute granularity in the user's zone."""
    if value.kind == "word" and re.fullmatch(r"-?\d+", value.text):
        return int(value.text)
    for shape in _DATE_FORMATS:
        try:
            instant = datetime.strptime(value.text, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
        return round(instant.timestamp() * 1000)
    raise JqlError(
        f"Date value '{value.text}' for field '{field}' is invalid. Valid formats include: "
        "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
        "e.g. '-5d', '4w 2d'."
    )
