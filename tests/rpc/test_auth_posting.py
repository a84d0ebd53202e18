"""`mails`: what operators do where no server sends mail, through the command and a real store."""

from asyncio import to_thread

from typer.testing import CliRunner, Result

from jira_analytics.auth.v1 import auth_pb2 as pb
from services.auth.posting import app
from tests.rpc.auth_service import MASTER, auth_service, refused
from tests.rpc.mail_servers import token_in


def mails(mongo_url: str, mongo_database: str, *options: str) -> Result:
    environment = {
        "MONGO_URL": mongo_url,
        "MONGO_DATABASE": mongo_database,
        "MASTER_KEYS": MASTER,
        "LINKS_ADDRESS": "https://app.example.com",
    }
    return CliRunner().invoke(app, ["mails", *options], env=environment)


async def test_mails_are_printed_once_with_links_that_work(
    mongo_url: str, mongo_database: str
) -> None:
    """Where there is no SMTP server they wait; printing takes them for sent."""
    async with auth_service(mongo_url, mongo_database) as auth:
        tokens = await auth.sign_up()
        await auth.sign_up("b@example.com")
        told = await to_thread(mails, mongo_url, mongo_database, "--email", "A@Example.com")
        assert told.exit_code == 0, told.output
        assert told.stdout.startswith("To: a@example.com\nSubject: Confirm your e-mail address")
        assert "b@example.com" not in told.output
        assert told.stderr == "1 mails.\n"
        token = token_in(told.stdout)
        await auth.stub.VerifyEmail(pb.VerifyEmailRequest(token=token))
        assert (await auth.me(tokens.access_token)).email_verified
        rest = await to_thread(mails, mongo_url, mongo_database)
        assert "To: b@example.com" in rest.stdout
        assert "a@example.com" not in rest.stdout
        again = await to_thread(mails, mongo_url, mongo_database)
        assert (again.stdout, again.stderr) == ("", "0 mails.\n")
        shown = await auth.database["audit_inbox"].find({"action": "mail.show"}).to_list()
        assert [(one["actor_id"], one["workspace_id"]) for one in shown] == 3 * [
            ("operator", "operators")
        ]
        async with refused("LINK_INVALID"):
            await auth.stub.VerifyEmail(pb.VerifyEmailRequest(token=token))


def test_an_address_that_is_none_is_refused(mongo_url: str, mongo_database: str) -> None:
    """One sentence, and no trace."""
    told = mails(mongo_url, mongo_database, "--email", "nobody")
    assert told.exit_code == 1
    assert "not an e-mail address" in told.output
