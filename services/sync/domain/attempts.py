"""From which attempt on a sync believes what a site does again and again."""

from typing import Final

# By then it has done so four times, over some fifteen seconds: it is no mishap of a moment.
PLAINLY_SO_FROM: Final = 4
