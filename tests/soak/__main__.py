"""`make soak`: worlds by seed, each held to the truth; `--seed N` replays one and tells it.

python -m tests.soak --seeds 1000 --jobs 2
python -m tests.soak --seed 42
python -m tests.soak --minutes 30
"""

import argparse
import asyncio
import math
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.soak.crowd import outcomes, say_nothing
from tests.soak.plan import Plan, plan_of
from tests.soak.product import Stores
from tests.soak.shrinking import shrunk
from tests.soak.soaking import Outcome, soaked
from tests.soak.summary import Totals
from tests.stores import secantus, valkey

SHOWN_FINDINGS = 12
console = Console()


def main() -> int:
    """Run what was asked for; 1 where a world fails."""
    asked = _asked()
    say_nothing()
    if asked.seed is not None:
        return asyncio.run(_one(asked.seed, shrink=asked.shrink))
    seeds = range(asked.first, asked.first + asked.seeds)
    return asyncio.run(_many(seeds, jobs=asked.jobs, minutes=asked.minutes))


@asynccontextmanager
async def stores() -> AsyncIterator[Stores]:
    """Start the stores of a soak."""
    async with secantus() as mongo_url, valkey("queue") as queue_url:
        yield Stores(mongo_url, queue_url)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay one world, and say what happened")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false", help="keep all of it")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin none after that")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, choices=range(1, 17))
    return parser.parse_args()


async def _one(seed: int, *, shrink: bool) -> int:
    async with stores() as where:
        plan = plan_of(seed)
        outcome = await soaked(plan, where)
        if outcome.findings and shrink:
            with console.status("leaving out what does not matter …"):

                async def fails(smaller: Plan) -> bool:
                    return bool((await soaked(smaller, where)).findings)

                plan = await shrunk(plan, fails)
                outcome = await soaked(plan, where)
    for line in outcome.trace:
        console.print(line, markup=False, highlight=False)
    console.print(f"\n{len(plan.steps)} steps, {outcome.edits} edits, {outcome.calls} calls")
    _say(outcome)
    return 1 if outcome.findings else 0


def _say(outcome: Outcome) -> None:
    verdict = "[red]fails" if outcome.findings else "[green]nothing is lost"
    console.print(f"seed {outcome.seed}: {verdict}")
    for finding in outcome.findings[:SHOWN_FINDINGS]:
        console.print(f"  {finding}", markup=False, highlight=False)


async def _many(seeds: range, *, jobs: int, minutes: float) -> int:
    totals = Totals()
    async with stores() as where:
        ended = outcomes(seeds, where, jobs, minutes)
        await asyncio.to_thread(_run, ended, len(seeds), totals)
    totals.show(console)
    return 1 if totals.failed or totals.unmet else 0


def _run(ended: Iterator[Outcome], count: int, totals: Totals) -> None:
    """Add up worlds as they end, with a bar of how far it is; those that fail are told at once."""
    columns = (
        TextColumn("soaking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[failed]} failed"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=count, failed=0)
        for outcome in ended:
            totals.add(outcome)
            if outcome.findings:
                _say(outcome)
                console.print(f"  [bold]python -m tests.soak --seed {outcome.seed}")
            bar.update(task, advance=1, failed=len(totals.failed))


if __name__ == "__main__":
    sys.exit(main())
