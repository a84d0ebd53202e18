"""The pages that a machine writes are what it would write now."""

import pytest

from docs import pages


@pytest.mark.parametrize("name", pages.PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    """`make docs` would change nothing."""
    assert (pages.DOCS / name).read_text() == pages.PAGES[name]()
