"""Cuts the plan of a world that fails down to the steps without which it does not."""

from collections.abc import Awaitable, Callable
from typing import Final

from tests.soak.plan import Plan

MOST_TRIES: Final = 60
Fails = Callable[[Plan], Awaitable[bool]]


async def shrunk(plan: Plan, fails: Fails) -> Plan:
    """Leave out steps while the world goes on failing: many at once, then fewer, then single ones.

    What is left is not the least there is: after so many tries it is shown as it is.
    """
    tries, many = 0, max(len(plan.steps) // 2, 1)
    while many:
        at, cut = 0, False
        while at < len(plan.steps) and tries < MOST_TRIES:
            smaller, tries = plan.without(*range(at, at + many)), tries + 1
            if await fails(smaller):
                plan, cut = smaller, True
            else:
                at += many
        if not cut or many > 1:
            many //= 2
    return plan
