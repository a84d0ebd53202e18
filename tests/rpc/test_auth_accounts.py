"""Signing up, signing in and asking who one is, over the wire and a real store."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import httpx
import jwt
import pytest

from jira_analytics.auth.v1 import auth_pb2 as pb
from jira_analytics.auth.v1.workspace_pb2 import Member, Workspace
from services.auth.settings import PasswordSettings
from services.chassis.jwks import keys_of
from services.chassis.tokens import AUDIENCE, ISSUER
from tests.rpc.auth_service import PASSWORD, Auth, auth_service, refusal_of, refused


@pytest.fixture
async def auth(mongo_url: str, mongo_database: str) -> AsyncIterator[Auth]:
    async with auth_service(mongo_url, mongo_database) as running:
        yield running


async def test_a_newcomer_is_signed_in_as_owner(auth: Auth) -> None:
    """SignUp gives tokens with which GetMe shows the account and its workspace."""
    before = auth.clock()
    tokens = await auth.sign_up(" A@Example.com ", time_zone="Europe/Berlin")
    me = await auth.me(tokens.access_token)
    assert (tokens.token_type, tokens.expires_in) == ("Bearer", 900)
    assert (me.email, me.role) == ("a@example.com", Member.OWNER)
    assert (me.workspace.name, me.workspace.time_zone) == ("Acme", "Europe/Berlin")
    assert me.workspace.tier == Workspace.FREE
    assert me.id.startswith("usr_")
    assert me.workspace.id.startswith("wsp_")
    assert before <= me.create_time.ToMilliseconds() <= auth.clock()


async def test_access_tokens_verify_with_the_published_keys(auth: Auth) -> None:
    """Whoever holds the published set can verify a token; the set holds no private part."""
    tokens = await auth.sign_up()
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{auth.http_port}/.well-known/jwks.json")
    key = keys_of(answer.json())[jwt.get_unverified_header(tokens.access_token)["kid"]]
    claims = jwt.decode(
        tokens.access_token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER
    )
    assert claims["exp"] - claims["iat"] == 900
    assert (claims["role"], claims["tier"], claims["zoneinfo"]) == ("OWNER", "free", "UTC")
    assert set(claims) == {
        *("iss", "aud", "sub", "wid", "role", "tier", "region", "zoneinfo", "sid", "ver"),
        *("iat", "nbf", "exp", "jti"),
    }
    assert all(
        set(entry) == {"kty", "n", "e", "kid", "use", "alg"} for entry in answer.json()["keys"]
    )


async def test_an_address_has_one_account(auth: Auth) -> None:
    """A second SignUp is refused, in whatever case, and leaves nothing behind."""
    await auth.sign_up("a@example.com")
    async with refused("EMAIL_TAKEN") as seen:
        await auth.sign_up("A@EXAMPLE.COM", workspace_name="Second")
    assert seen[0].code is grpc.StatusCode.ALREADY_EXISTS
    for collection in ("emails", "users", "workspaces", "members", "sessions", "refresh_tokens"):
        assert await auth.database[collection].count_documents({}) == 1, collection


async def test_of_many_who_sign_up_at_once_one_does(auth: Auth) -> None:
    """Of 20 SignUps with one address exactly one makes an account, a workspace and a session."""
    outcomes = await asyncio.gather(*(auth.sign_up() for _ in range(20)), return_exceptions=True)
    errors = [one for one in outcomes if isinstance(one, grpc.aio.AioRpcError)]
    assert len(errors) == 19
    assert {refusal_of(error).reason for error in errors} == {"EMAIL_TAKEN"}
    for collection in ("emails", "users", "workspaces", "members", "sessions", "refresh_tokens"):
        assert await auth.database[collection].count_documents({}) == 1, collection


async def test_signing_in_again_leads_to_the_same_account(auth: Auth) -> None:
    """Login opens another session of the same person in the same workspace."""
    first = await auth.me((await auth.sign_up()).access_token)
    again = await auth.me((await auth.log_in("A@Example.Com")).access_token)
    assert again == first
    assert await auth.database["sessions"].count_documents({}) == 2


async def test_wrong_password_and_unknown_address_are_answered_alike(auth: Auth) -> None:
    """Code, message, details and metadata are the same to the byte."""
    await auth.sign_up()
    seen = []
    for email, password in (
        ("a@example.com", "wrong"),
        ("a@example.com", "x" * 100),
        ("nobody@example.com", PASSWORD),
    ):
        async with refused("CREDENTIALS_INVALID") as refusal:
            await auth.log_in(email, password)
        seen += refusal
    assert seen[0] == seen[1] == seen[2]
    assert seen[0].code is grpc.StatusCode.UNAUTHENTICATED
    assert await auth.database["sessions"].count_documents({}) == 1


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", "Bearer "),),
        (("authorization", "Bearer x.y.z"),),
        (("authorization", "bearer {}"),),
        (("authorization", "{}"),),
        (("authorization", "Bearer {}x"),),
        (("authorization", "Bearer {}"), ("authorization", "Bearer {}")),
        (("x-user-id", "usr_1"), ("x-workspace-id", "wsp_1")),
    ],
)
async def test_only_an_access_token_says_who_calls(
    auth: Auth, metadata: tuple[tuple[str, str], ...]
) -> None:
    """GetMe without exactly one good token is refused; no other header stands for a person."""
    token = (await auth.sign_up()).access_token
    sent = tuple((key, value.format(token)) for key, value in metadata)
    async with refused("TOKEN_INVALID") as seen:
        await auth.stub.GetMe(pb.GetMeRequest(), metadata=sent)
    assert seen[0].code is grpc.StatusCode.UNAUTHENTICATED


async def test_refresh_tokens_are_no_access_tokens(auth: Auth) -> None:
    """The two kinds cannot stand for each other."""
    tokens = await auth.sign_up()
    async with refused("TOKEN_INVALID"):
        await auth.me(tokens.refresh_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await auth.refresh(tokens.access_token)


async def test_an_access_token_ends_after_fifteen_minutes(auth: Auth) -> None:
    """It works to the end of its 15 minutes and 5 seconds of leeway, and then no more."""
    tokens = await auth.sign_up()
    auth.clock.ahead = 900_000
    await auth.me(tokens.access_token)
    auth.clock.ahead = 906_000
    async with refused("TOKEN_INVALID"):
        await auth.me(tokens.access_token)


async def test_a_token_of_somebody_who_is_gone_is_refused(auth: Auth) -> None:
    """GetMe shows what is stored now: a person without their membership is nobody."""
    tokens = await auth.sign_up()
    await auth.database["members"].delete_many({})
    async with refused("TOKEN_INVALID"):
        await auth.me(tokens.access_token)


async def test_too_many_at_once_are_told_so(mongo_url: str, mongo_database: str) -> None:
    """With one thread and no queue, of 20 logins at once most are refused, and none hangs."""
    narrow = PasswordSettings(cost=10, threads=1, waiting=0)
    async with auth_service(mongo_url, mongo_database, passwords=narrow) as auth:
        await auth.sign_up()
        outcomes = await asyncio.gather(*(auth.log_in() for _ in range(20)), return_exceptions=True)
        refusals = [refusal_of(one) for one in outcomes if isinstance(one, grpc.aio.AioRpcError)]
        assert {(one.code, one.reason) for one in refusals} == {
            (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
        }
        assert 1 <= len(outcomes) - len(refusals) <= 10
        assert (await auth.log_in()).access_token


async def test_a_flood_of_logins_holds_up_nobody_else(mongo_url: str, mongo_database: str) -> None:
    """While 500 people sign in at once, GetMe is answered long before the last of them is."""
    costly = PasswordSettings(cost=10, threads=1)
    async with auth_service(mongo_url, mongo_database, passwords=costly) as auth:
        token = (await auth.sign_up()).access_token
        flood = asyncio.gather(*(auth.log_in() for _ in range(500)), return_exceptions=True)
        for _ in range(3):
            await auth.me(token)
        overtaken = not flood.done()
        outcomes = await flood
    served = [one for one in outcomes if isinstance(one, pb.Tokens)]
    refusals = [refusal_of(one) for one in outcomes if isinstance(one, grpc.aio.AioRpcError)]
    assert {one.reason for one in refusals} == {"OVERLOADED"}
    assert served
    assert overtaken
