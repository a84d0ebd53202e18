"""The part of JQL that the product speaks, or takes from its users: a query, or Jira's refusal.

Fields with values (`= != in not in is [not] EMPTY`), `created`, `updated` and `resolved` compared
with instants, keys compared within their project, `AND`, `OR`, `NOT`, parentheses, and `ORDER BY`
of at most seven fields. The query must be bounded.
"""

from twin.clock import wall_ms
from twin.jql_dates import function, instant
from twin.jql_tokens import UNBOUNDED, JqlError, Token, expected, tokens_of
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

MAX_ORDER_FIELDS = 7
_OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"
_RANGES = frozenset({">=", ">", "<=", "<"})
_EMPTY = frozenset({"empty", "null"})
_DATES = {
    "created": DateField.CREATED,
    "createddate": DateField.CREATED,
    "updated": DateField.UPDATED,
    "updateddate": DateField.UPDATED,
    "resolved": DateField.RESOLVED,
    "resolutiondate": DateField.RESOLVED,
}
_KEYS = frozenset({"key", "issuekey", "issue", "id"})  # four names of one field
_NAMED = {
    **{field.value.lower(): field for field in NamedField},
    **dict.fromkeys(_KEYS, NamedField.KEY),
    "type": NamedField.TYPE,
}
_SORTED = {
    **dict.fromkeys(("created", "createddate"), SortField.CREATED),
    **dict.fromkeys(("updated", "updateddate"), SortField.UPDATED),
    **dict.fromkeys(_KEYS, SortField.KEY),
}


def parse(text: str, *, now_ms: int | None = None) -> Query:
    """Parse JQL at an instant; JqlError when it is unbounded, or not what the twin knows."""
    return _Parser(text, wall_ms() if now_ms is None else now_ms).query()


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, text: str, now_ms: int) -> None:
        self._tokens = tokens_of(text)
        self._next = 0
        self._now_ms = now_ms

    def query(self) -> Query:
        if self._peek().says("order") or self._peek().kind == "end":
            self._order()
            raise JqlError(UNBOUNDED)
        condition = self._either()
        order = self._order()
        if self._peek().kind != "end":
            raise expected("either 'OR' or 'AND'", self._peek())
        return Query(condition, order)

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._part()]
        while self._accept("and"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _part(self) -> Condition:
        if self._accept("not"):
            return Not(self._part())
        if self._accept("("):
            condition = self._either()
            self._expect(")")
            return condition
        return self._clause()

    def _clause(self) -> Condition:
        name = self._value("a field name")
        field = name.text.lower()
        if field in _DATES:
            return self._comparison(_DATES[field])
        if field in _KEYS and self._peek().text in _RANGES:
            return KeyCompared(self._take().text, self._value("a value").text)
        if field in _NAMED:
            return self._membership(_NAMED[field], name.text)
        raise JqlError(
            f"Field '{name.text}' does not exist or you do not have permission to view it."
        )

    def _membership(self, field: NamedField, called: str) -> Condition:
        if self._accept("is"):
            return self._emptiness(field)
        for operator, negated in (("=", False), ("!=", True)):
            if self._accept(operator):
                one = OneOf(field, (self._value("a value").text,), called)
                return Not(one) if negated else one
        negated = self._peek().says("not")
        if negated and self._tokens[self._next + 1].says("in"):
            self._next += 1
        if not self._accept("in"):
            raise self._unsupported(called)
        some = OneOf(field, self._list(), called)
        return Not(some) if negated else some

    def _emptiness(self, field: NamedField) -> Condition:
        negated = self._accept("not")
        word = self._value("'EMPTY' or 'NULL'")
        if word.text.lower() not in _EMPTY:
            raise expected("'EMPTY' or 'NULL'", word)
        return Not(Empty(field)) if negated else Empty(field)

    def _list(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value("a value").text]
        while self._accept(","):
            values.append(self._value("a value").text)
        self._expect(")")
        return tuple(values)

    def _comparison(self, field: DateField) -> Compared:
        if self._peek().text not in _RANGES:
            raise self._unsupported(field)
        operator, value = self._take().text, self._value("a value")
        if value.kind == "word" and self._accept("("):
            self._expect(")")
            return Compared(field, operator, function(value, now_ms=self._now_ms))
        return Compared(field, operator, instant(value, field, now_ms=self._now_ms))

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
        if name.text.lower() not in _SORTED:
            raise JqlError(f"Not able to sort using field '{name.text}'.")
        descending = self._accept("desc")
        if not descending:
            self._accept("asc")
        return Order(_SORTED[name.text.lower()], descending=descending)

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _accept(self, word: str) -> bool:
        found = self._peek().says(word)
        self._next += found
        return found

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise expected(f"'{word.upper()}'", self._peek())

    def _value(self, what: str) -> Token:
        if self._peek().kind not in {"word", "string"}:
            raise expected(what, self._peek())
        return self._take()

    def _unsupported(self, field: str) -> JqlError:
        token = self._peek()
        if token.kind == "operator" or token.text.lower() in {"in", "not", "is", "was", "changed"}:
            return JqlError(f"The operator '{token.text}' is not supported by the '{field}' field.")
        return expected(f"operator (the valid operators are {_OPERATORS})", token)
