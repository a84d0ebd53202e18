"""What a sweep lists and is known already is not read again; whatever may be newer is."""

import pytest

from services.kernel.ids import IssueId
from services.sync.domain.ledger import Found, Ledger, unread

# As sites write it, and the same instant as it is stored.
WRITTEN, STORED = "2023-11-14T22:13:20.000+0000", 1_700_000_000_000
ONE = IssueId("1")


@pytest.mark.parametrize(
    ("written", "ledger", "read"),
    [
        (WRITTEN, Ledger(), True),
        (WRITTEN, Ledger({ONE: STORED}), False),
        (WRITTEN, Ledger({ONE: STORED - 1}), True),
        # The index lags behind what was stored.
        (WRITTEN, Ledger({ONE: STORED + 1}), False),
        (None, Ledger({ONE: STORED}), True),
        ("yesterday", Ledger({ONE: STORED}), True),
        ("2023-11-14T22:13:20", Ledger({ONE: STORED}), True),
        (WRITTEN, Ledger({}, {ONE: WRITTEN}), False),
        ("2023-11-14T22:13:21.000+0000", Ledger({}, {ONE: WRITTEN}), True),
        (WRITTEN, Ledger({}, {ONE: None}), True),
        # An older one is stored; what came since was set aside, and is so still.
        (WRITTEN, Ledger({ONE: STORED - 1}, {ONE: WRITTEN}), False),
    ],
)
def test_what_is_read(written: str | None, ledger: Ledger, *, read: bool) -> None:
    assert unread([Found(ONE, written)], ledger) == ([ONE] if read else [])
