"""The twin searches as many issues as a large site has."""

from tests.contract.twin_calls import ALL, BUNDLED, search, signed_in, walk
from twin.history import read
from twin.serving import running
from twin.world import World


def forty_thousand() -> World:
    """Make a world of 40,000 issues out of the bundled ones, under other ids and keys."""
    lines = [record.line for record in BUNDLED.records.values()]
    world = World(BUNDLED.catalogue, BUNDLED.moment)
    for copy in range(27):
        for line in lines:
            if len(world.records) == 40_000:
                return world
            issue = read(line)
            key, _, number = issue.key.rpartition("-")
            new_id, new_key = f"{copy}{issue.id:0>9}", f"{key}-{int(number) + copy * 100_000}"
            was = f'"id":"{issue.id}","key":"{issue.key}"'
            renamed = line.replace(was.encode(), f'"id":"{new_id}","key":"{new_key}"'.encode(), 1)
            world.add(renamed, read(renamed))
    raise AssertionError("too few issues")


async def test_forty_thousand_issues_are_walked_without_strain() -> None:
    async with running(forty_thousand()) as twin, signed_in(twin) as jira:
        await search(jira, ALL)
        pages = await walk(jira, ALL, maxResults=5_000)
        assert [len(page) for page in pages] == [5_000] * 8
        assert len({issue_id for page in pages for issue_id in page}) == 40_000
