"""Print the ten fixed windows' figures as readable text."""

import sys

from tests.reference.data import data_folder, load_categories, load_issues
from tests.reference.metrics import figures_of
from tests.reference.text import described
from tests.reference.windows import WINDOWS


def main() -> int:
    """Print every window; 1 where the issues cannot be found."""
    folder = data_folder()
    if folder is None:
        print("the 1,520 issues are neither in twin/data nor beside the project", file=sys.stderr)
        return 1
    issues = load_issues(folder)
    categories = load_categories(folder)
    for window in WINDOWS:
        print(described(window, figures_of(issues, categories, window)), end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
