"""Which passwords are taken: long enough, read to their end, and not what everybody tries first.

A list of the commonest holds few of twelve characters. People who have to choose a longer one
stretch a short one: they repeat it, put digits and signs around it, write it with signs that look
like letters, or add what is known about them. All that is undone here before the list is asked.
"""

import re
from collections.abc import Container, Iterable
from itertools import pairwise
from typing import Final

from services.kernel.errors import InvalidField

SHORTEST_CHARACTERS = 12
# bcrypt reads no more; what it would not read must not seem to count.
LONGEST_BYTES = 72
# What is shorter says nothing about anybody.
SHORTEST_WORD: Final = 3
# Repeating fewer characters than this adds nothing, whatever they are.
SHORTEST_UNIT: Final = 5
_LOOKALIKES: Final = str.maketrans("@4301!5$7", "aaeoiisst")
_AROUND: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_AFTER: Final = re.compile(r"[\W\d_]+$")
_LETTERS: Final = re.compile(r"[^\W\d_]+")


def check_length(password: str, *, field: str = "password") -> None:
    """Refuse, as InvalidField, no password and one that bcrypt cannot read to its end."""
    if not password:
        raise InvalidField(field, "this is needed")
    if len(password.encode()) > LONGEST_BYTES:
        raise InvalidField(field, f"at most {LONGEST_BYTES} bytes of UTF-8 can be used")


def check_strength(
    password: str,
    common: Container[str],
    *,
    about: Iterable[str] = (),
    field: str = "password",
) -> None:
    """Refuse, as InvalidField, a password that is too short, too common, or about its owner."""
    check_length(password, field=field)
    if len(password) < SHORTEST_CHARACTERS:
        raise InvalidField(field, f"at least {SHORTEST_CHARACTERS} characters are needed")
    if is_common(password, common, about=about):
        raise InvalidField(field, "this is among the first that anybody would try")


def is_common(password: str, common: Container[str], *, about: Iterable[str] = ()) -> bool:
    """Tell whether a password is a common one, or one stretched."""
    folded = password.casefold()
    words = sorted({word for text in about for word in _words_of(text)}, key=len, reverse=True)
    bare = (_AFTER.sub("", folded), _AROUND.sub("", folded))
    forms = {folded, *bare, *(form.translate(_LOOKALIKES) for form in bare)}
    return _is_run(folded) or any(_is_stretched(form, common, words) for form in forms if form)


def _is_stretched(form: str, common: Container[str], words: list[str]) -> bool:
    """Tell whether nothing but one common word is there, however often, and what is known."""
    unit = _unit_of(form)
    if unit in common or (len(unit) < SHORTEST_UNIT and unit != form):
        return True
    left = form
    for word in words:
        left = left.replace(word, " ")
    parts = {_unit_of(part) for part in _LETTERS.findall(left)}
    if left != form and not any(len(part) >= SHORTEST_WORD for part in parts):
        return True
    return len(parts) == 1 and all(len(p) >= SHORTEST_WORD and p in common for p in parts)


def _words_of(text: str) -> set[str]:
    """Give what is known by a text: itself, and each of its words."""
    folded = text.casefold()
    return {word for word in (folded, *re.findall(r"\w+", folded)) if len(word) >= SHORTEST_WORD}


def _unit_of(text: str) -> str:
    """Give the shortest text that this one is repetitions of, the last perhaps cut short."""
    for length in range(1, len(text) // 2 + 1):
        unit = text[:length]
        if (unit * (len(text) // length + 1)).startswith(text):
            return unit
    return text


def _is_run(text: str) -> bool:
    """Tell whether each character is as far from the one before it: "abcdefgh", "987654"."""
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(text)}
    return len(steps) == 1 and steps <= {0, 1, 9}
