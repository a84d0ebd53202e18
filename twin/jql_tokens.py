"""JQL cut into tokens, and the words in which Jira refuses what it cannot read."""

import re
from dataclasses import dataclass

UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)


class JqlError(Exception):
    """The query is refused; the text is what Jira puts into `errorMessages`."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: a string, operator, mark or word, or the end."""

    text: str
    kind: str
    at: int  # offset of its first character

    def says(self, word: str) -> bool:
        """Say whether it is this word, mark or operator; a quoted one is not."""
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


def tokens_of(text: str) -> list[Token]:
    """Cut a query into tokens, the last of which is its end; JqlError at a reserved character."""
    tokens: list[Token] = []
    at = 0
    while not tokens or tokens[-1].kind != "end":
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise JqlError(_reserved(text[at], at))
        kind = str(match.lastgroup)
        quoted = kind in {"double", "single"}
        value = re.sub(r"\\(.)", r"\1", match[kind]) if quoted else match[kind]
        tokens.append(Token(value, "string" if quoted else kind, match.start(kind) - quoted))
        at = match.end()
    return tokens


def _reserved(character: str, at: int) -> str:
    return (
        f"Error in the JQL Query: The character '{character}' is a reserved JQL character. You "
        f"must enclose it in a string or use the escape '\\u{ord(character):04x}' instead. "
        f"(line 1, character {at + 1})"
    )


def expected(what: str, token: Token) -> JqlError:
    """Make the refusal of a token where something else should stand."""
    if token.kind == "end":
        return JqlError(f"Error in the JQL Query: Expecting {what} before the end of the query.")
    return JqlError(
        f"Error in the JQL Query: Expecting {what} but got '{token.text}'. "
        f"(line 1, character {token.at + 1})"
    )
