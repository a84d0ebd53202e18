"""Errors in words that may be kept and shown: what went wrong, without where and with what."""

import re
from typing import Final

LONGEST: Final = 500
# An error's text may be an answer of a site; no more of it is looked at.
LOOKED_AT: Final = 4000
_HOSTS = "net|com|org|io|dev|cloud|local|internal|example|test|invalid|co|eu|de|us|uk"
# In this order: what is part of an address is taken out with it.
_NAMED = r"[\w-]{0,30}(?:token|password|passwd|secret|api[_-]?key|authorization|cookie)[\"']?"
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
# Two colons together, or more than a time of day has.
_V6 = r"[0-9a-fA-F:]*::|(?:[0-9a-fA-F]{1,4}:){4}"
_TAKEN_OUT: Final = (
    (r"(?i)\b(?:bearer|basic)\s+[\w+/=.~-]+", "<secret>"),
    (rf"(?i)\b{_NAMED}\s*[=:]\s*{_VALUE}", "<secret>"),
    (r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]+", "<address>"),
    (r"[\w.+%-]{1,64}@[\w.-]{1,255}", "<address>"),
    (r"\bATATT\S+", "<secret>"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b", "<address>"),
    (rf"\[?(?<![\w:])(?={_V6})[0-9a-fA-F:]{{3,45}}(?![\w:])\]?(?::\d{{1,5}})?", "<address>"),
    (rf"(?i)\b(?:localhost|(?:[\w-]{{1,63}}\.){{1,8}}(?:{_HOSTS}))\b(?::\d{{1,5}})?", "<address>"),
    (r"(?<![\w<])~?/(?:[\w.@%~-]+/)+[\w.@%~-]*", "<path>"),
    (r"(?<!\w)(?=[A-Za-z_+/=-]*\d)[\w+/=-]{24,}", "<secret>"),
)
_PATTERNS: Final = tuple((re.compile(pattern), instead) for pattern, instead in _TAKEN_OUT)


def scrubbed(text: str) -> str:
    """Take addresses, paths and secrets out of an error's text, and keep it short.

    >>> scrubbed("GET https://acme.atlassian.net/rest: Basic YW5uOnRva2Vu is of no use")
    'GET <address> <secret> is of no use'
    """
    said = " ".join(text[:LOOKED_AT].split())
    for pattern, instead in _PATTERNS:
        said = pattern.sub(instead, said)
    printable = "".join(letter if letter.isprintable() else "?" for letter in said)
    return printable if len(printable) <= LONGEST else f"{printable[: LONGEST - 1]}…"
