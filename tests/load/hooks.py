"""What taking a webhook costs, and when its change is seen: python -m tests.load.hooks."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Final

import uvloop
from rich.console import Console

from tests.load import driving, report
from tests.load.hook_site import Product, Site, Told, product
from tests.load.report import Figure, Section
from tests.load.synced_stack import Synced, synced_stack

COMMAND: Final = "python -m tests.load.hooks"
ROUNDS: Final = 5
ROUND_SECONDS: Final = 5.0
AT_ONCE: Final = 8
WORKSPACES: Final = 200
ISSUES_OF_EACH: Final = 3
CHANGES_OF_EACH: Final = 2
BETWEEN_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.1
SEEN_SECONDS: Final = 60.0
console = Console()


async def taking(stack: Synced, site: Site, told: Sequence[Told]) -> Section:
    """Measure what the service and the gateway spend on a webhook that is taken."""
    pids = {name: stack.pids[name] for name in ("sync", "gateway")}

    async def one() -> None:
        hit = random.choice(told)
        await site.send(hit, random.choice(hit.issues))

    # What a process spends while nobody calls is not what a webhook costs.
    idle = await driving.idle(seconds=ROUND_SECONDS, pids=pids)
    rounds = [
        await driving.flat_out(one, seconds=ROUND_SECONDS, concurrency=AT_ONCE, pids=pids)
        for _ in range(ROUNDS)
    ]
    answered = [run.percentile(95) for run in rounds]
    figures = [
        Figure(
            f"CPU of {name}",
            "µs/webhook",
            [run.cpu_per_call(name, idle=idle) for run in rounds],
            "≤ 1,000" if name == "sync" else "",
        )
        for name in pids
    ]
    return Section(
        "Taking a webhook",
        f"Signed bodies of 6 kB through Envoy with TLS, {AT_ONCE} at once over HTTP/1.1 with "
        f"connections kept, to the connections of {len(told)} workspaces by chance; {ROUNDS} "
        "rounds of 5 s, less "
        "what the processes spend idle. Each is verified, marked and put into the queue; workers "
        "read what was marked meanwhile, on the same cores.",
        [
            *figures,
            Figure("taken", "per s", [run.rate for run in rounds]),
            Figure("p95, as the site sees it", "ms", answered, "< 200"),
        ],
    )


async def seen(there: Product, site: Site, told: Told, waited: list[float]) -> None:
    """Change an issue now and then, and tell of it; note how long until a summary shows it."""
    await asyncio.sleep(random.uniform(0, BETWEEN_SECONDS))
    for number in range(CHANGES_OF_EACH):
        before = await there.revision(told)
        issue_id = told.issues[number % len(told.issues)]
        await site.edit(issue_id)
        began = time.perf_counter()
        await site.send(told, issue_id)
        while await there.revision(told) <= before:
            if time.perf_counter() - began > SEEN_SECONDS:
                raise RuntimeError(f"a webhook was not seen within {SEEN_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)
        waited.append(time.perf_counter() - began)
        await asyncio.sleep(max(BETWEEN_SECONDS - (time.perf_counter() - began), 0))


async def visible(there: Product, site: Site, told: Sequence[Told]) -> Section:
    """Measure how long it takes from a webhook until a summary is made from what it told of."""
    waited: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(seen(there, site, one, waited) for one in told))
    seconds, ordered = time.perf_counter() - began, sorted(waited)

    def percentile(percent: int) -> list[float]:
        return [ordered[-(-percent * len(ordered) // 100) - 1]]

    return Section(
        "From a webhook to a summary that shows it",
        f"{len(told)} workspaces with a connection each, which edits an issue every "
        f"{BETWEEN_SECONDS:.0f} s and "
        f"sends its webhook: {len(waited)} in {seconds:.0f} s, one after the other for each. "
        "GetExecutiveSummary is asked through the gateway until it is made from a later revision; "
        "that is asked for, and the twin answers, on the same cores. Percentiles are of all, once.",
        [
            Figure("p50", "s", percentile(50)),
            Figure("p95", "s", percentile(95), "≤ 5"),
            Figure("p99", "s", percentile(99)),
            Figure("webhooks", "per s", [len(waited) / seconds]),
        ],
    )


async def measure() -> list[Section]:
    """Measure both, on one stack: every connection is another tenant's."""
    with console.status("starting a stack …") as status, synced_stack() as stack:
        async with product(stack) as (there, site):
            ids = await site.issues(WORKSPACES * ISSUES_OF_EACH)
            told = []
            for number in range(WORKSPACES):
                status.update(f"connecting: {number} of {WORKSPACES} …")
                own = ids[number * ISSUES_OF_EACH : (number + 1) * ISSUES_OF_EACH]
                told.append(await there.told(f"site-{number}", own))
            for number, one in enumerate(told):
                status.update(f"collecting: {number} of {WORKSPACES} …")
                await there.synced(one)
            status.update("measuring: from a webhook to a summary …")
            shown = await visible(there, site, told)
            status.update("measuring: taking webhooks …")
            return [await taking(stack, site, told), shown]


if __name__ == "__main__":
    page = report.put(uvloop.run(measure()), COMMAND)
    console.print(page.read_text())
