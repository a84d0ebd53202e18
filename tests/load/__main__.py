"""`make bench`: measures, and writes docs/performance.md."""

import uvloop
from rich.console import Console

from tests.load import logins, report, token_verification, warm_reads
from tests.load.synced_stack import synced_stack

COMMAND = "make bench"
console = Console()


async def measure() -> list[report.Section]:
    """Measure everything, one after the other."""
    sections = []
    starting = "starting a stack, and syncing the bundled issues …"
    with console.status(starting) as status, synced_stack() as stack:
        for one in (
            warm_reads.through_gateway,
            warm_reads.through_rest,
            warm_reads.service_alone,
        ):
            status.update(f"measuring: {one.__name__} …")
            sections.append(await one(stack))
    with console.status("measuring: tokens and passwords …"):
        sections.append(await token_verification.measure())
        sections += await logins.measure()
    return sections


if __name__ == "__main__":
    page = report.put(uvloop.run(measure()), COMMAND)
    console.print(page.read_text())
