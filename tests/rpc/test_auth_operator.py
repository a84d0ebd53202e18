"""`create-user`: what an operator does by hand, through the command and a real store."""

import asyncio
from collections.abc import Callable

import pymongo
import pytest
from typer.testing import CliRunner, Result

from jira_analytics.auth.v1.workspace_pb2 import Workspace
from services.auth.operators import app
from tests.rpc.auth_service import auth_service, refused
from tests.rpc.auth_workspaces import person_of

Run = Callable[..., Result]


@pytest.fixture
def create_user(mongo_url: str, mongo_database: str) -> Run:
    """Run the command with only the database's address in the environment."""
    environment = {"MONGO_URL": mongo_url, "MONGO_DATABASE": mongo_database, "PASSWORDS_COST": "4"}

    def run(*options: str, typed: str = "") -> Result:
        arguments = ["create-user", "--email", "op@example.com", *options]
        return CliRunner().invoke(app, arguments, env=environment, input=typed)

    return run


def tier_of(mongo_url: str, mongo_database: str) -> list[str]:
    client: pymongo.MongoClient[dict[str, str]] = pymongo.MongoClient(mongo_url)
    with client:
        return [row["tier"] for row in client[mongo_database]["workspaces"].find({})]


def test_a_user_of_any_tier_is_made(create_user: Run, mongo_url: str, mongo_database: str) -> None:
    """One command makes an account with a password no person could choose, and says so."""
    done = create_user("--password", "pw", "--tier", "enterprise", "--workspace", "Ops")
    assert done.exit_code == 0, done.output
    assert "op@example.com owns Ops" in done.output
    assert "tier enterprise" in done.output
    assert "pw" not in done.output
    assert tier_of(mongo_url, mongo_database) == ["enterprise"]


def test_the_password_is_asked_for(create_user: Run) -> None:
    """Without --password it is typed twice and never shown; the tier is then free."""
    done = create_user(typed="typed-secret\ntyped-secret\n")
    assert done.exit_code == 0, done.output
    assert "tier free" in done.output
    assert "typed-secret" not in done.output


def test_a_user_that_exists_is_left_alone(
    create_user: Run, mongo_url: str, mongo_database: str
) -> None:
    """With a password, or with nothing to change, one sentence and exit 1; nothing is changed."""
    create_user("--password", "pw")
    for options in (("--password", "other", "--tier", "pro"), ("--password", "other"), ()):
        done = create_user(*options)
        assert done.exit_code == 1
        assert done.output.startswith("op@example.com has an account: nothing was changed.")
        assert len(done.output.splitlines()) == 1
    assert tier_of(mongo_url, mongo_database) == ["free"]


def test_a_tier_alone_moves_an_existing_workspace(
    create_user: Run, mongo_url: str, mongo_database: str
) -> None:
    """--tier without --password changes the tier of the account's workspace and nothing else."""
    create_user("--password", "pw")
    done = create_user("--tier", "pro")
    assert done.exit_code == 0, done.output
    assert "tier pro" in done.output
    assert tier_of(mongo_url, mongo_database) == ["pro"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--email", "nobody", "--password", "x"), "email: "),
        (("--password", "x" * 73), "password: "),
        (("--password", ""), "password: "),
        (("--password", "x", "--time-zone", "Mars"), "time_zone: "),
        (("--password", "x", "--workspace", ""), "workspace_name: "),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    create_user: Run, options: tuple[str, ...], said: str
) -> None:
    """A wrong value is named in one line, with exit 1."""
    done = create_user(*options)
    assert done.exit_code == 1
    assert done.output.startswith(said)
    assert len(done.output.splitlines()) == 1


def test_a_store_that_is_away_is_said_to_be(create_user: Run) -> None:
    """Without a database: one sentence and exit 1, not a traceback."""
    environment = {"MONGO_URL": "mongodb://127.0.0.1:1/", "MONGO_TIMEOUT_SECONDS": "0.3"}
    arguments = ["create-user", "--email", "op@example.com", "--password", "x"]
    done = CliRunner().invoke(app, arguments, env=environment)
    assert done.exit_code == 1
    assert done.output == "a store does not answer: try again in a moment\n"


async def test_such_a_user_can_sign_in(
    create_user: Run, mongo_url: str, mongo_database: str
) -> None:
    """What the command makes is an account like any other, in its tier from the first token on."""
    done = await asyncio.to_thread(create_user, "--password", "pw", "--tier", "enterprise")
    assert done.exit_code == 0, done.output
    async with auth_service(mongo_url, mongo_database) as auth:
        me = await auth.me((await auth.log_in("op@example.com", "pw")).access_token)
    assert me.workspace.tier == Workspace.ENTERPRISE


async def test_a_moved_tier_is_noted_for_every_process(
    create_user: Run, mongo_url: str, mongo_database: str
) -> None:
    """The command leaves a revocation: a service that reads it next refuses tokens of before."""
    async with auth_service(mongo_url, mongo_database) as auth:
        person = await person_of(auth, await auth.sign_up("op@example.com"))
        done = await asyncio.to_thread(create_user, "--tier", "pro")
        assert done.exit_code == 0, done.output
        kept = await auth.database["revocations"].find_one({"_id": person.workspace_id})
        assert kept is not None
        assert kept["version"] == 1
    async with auth_service(mongo_url, mongo_database) as started_after, refused("TOKEN_STALE"):
        await started_after.me(person.tokens.access_token)
