"""Requests to the sync API: parsed, or refused with the path of the field that is wrong."""

import base64
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.kernel.connection import Source
from services.kernel.errors import InvalidField
from services.kernel.sync_job import Mode
from services.sync import requests
from services.sync.connecting import Changes
from services.sync.domain.selection import Selection
from services.sync.domain.site import site_of
from services.sync.domain.wanted import Wanted
from tests.contract.run_store import connection_named, job_of

SITE = "https://acme.atlassian.net"
parse = partial(requests.offered, site_of=site_of)
# What a page token may not be parsed into, whoever made it.
NAMES = st.from_regex(r"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")


def offer(**fields: Any) -> connections_pb.CreateConnectionRequest:
    """Make a request that is good but for these fields."""
    values: dict[str, Any] = {
        "name": "site",
        "source": connections_pb.Connection.JIRA_CLOUD,
        "site_url": SITE,
        "email": "ann@example.com",
        "api_token": "token",
    }
    return connections_pb.CreateConnectionRequest(**{**values, **fields})


def test_a_good_offer() -> None:
    """It is parsed into what is connected; keys of projects become capitals, each once."""
    scope = connections_pb.Scope(projects=["abc", "ABC", "x1"])
    offered = parse(offer(scope=scope, site_url=f"{SITE}/"))
    assert (offered.name, offered.source) == ("site", Source.JIRA_CLOUD)
    assert offered.site.origin == SITE
    assert offered.credential.email == "ann@example.com"
    assert offered.selection.projects == ("ABC", "X1")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "Site"}, "name"),
        ({"name": "-site"}, "name"),
        ({"name": "site-"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "con_1"}, "name"),
        ({"name": "a" * 64}, "name"),
        ({"name": "site\n"}, "name"),
        ({"name": "a/b"}, "name"),
        ({"source": 0}, "source"),
        ({"source": 99}, "source"),
        ({"site_url": ""}, "site_url"),
        ({"site_url": "http://169.254.169.254"}, "site_url"),
        ({"site_url": "https://acme.atlassian.net/\r\nX: 1"}, "site_url"),
        ({"email": ""}, "email"),
        ({"email": "ann"}, "email"),
        ({"email": "ann:x@example.com"}, "email"),
        ({"email": "ann@example.com\r\n"}, "email"),
        ({"email": "a" * 250 + "@b.co"}, "email"),
        ({"api_token": ""}, "api_token"),
        ({"api_token": "a\x00b"}, "api_token"),
        ({"api_token": "a\r\nX-Evil: 1"}, "api_token"),
        ({"api_token": "a" * 4097}, "api_token"),
        ({"scope": connections_pb.Scope(projects=["A", ""])}, "scope.projects[1]"),
        ({"scope": connections_pb.Scope(projects=['A") OR 1=1'])}, "scope.projects[0]"),
        ({"scope": connections_pb.Scope(projects=["A"] * 201)}, "scope.projects"),
    ],
)
def test_an_offer_is_refused_with_the_path_of_what_is_wrong(
    fields: dict[str, Any], path: str
) -> None:
    """Empty, too long, unprintable or no such thing: the field is named, its value is not."""
    with pytest.raises(InvalidField) as refused:
        parse(offer(**fields))
    assert refused.value.metadata == {"field": path}


def test_a_token_is_never_repeated_in_an_error() -> None:
    """What is refused as a secret does not come back in the answer."""
    with pytest.raises(InvalidField) as refused:
        parse(offer(api_token="hidden\n"))
    assert "hidden" not in f"{refused.value.message} {refused.value.metadata}"


def test_changes() -> None:
    """What is not given stays; what is given must be good, also where it is empty."""
    update = connections_pb.UpdateConnectionRequest
    assert requests.changes(update(connection_id="a")) == Changes(None, None, None)
    assert requests.changes(update(name="b", api_token="t")) == Changes("b", None, "t")
    for wrong, path in (
        (update(name=""), "name"),
        (update(email=""), "email"),
        (update(api_token=""), "api_token"),
        (update(scope=connections_pb.Scope(projects=["a-"])), "scope.projects[0]"),
        (update(scope=connections_pb.Scope(jql="(")), "scope.jql"),
    ):
        with pytest.raises(InvalidField) as refused:
            requests.changes(wrong)
        assert refused.value.metadata == {"field": path}


def test_a_scope_that_is_given_may_be_everything() -> None:
    """An empty one asks for all; none given leaves what there is."""
    update = connections_pb.UpdateConnectionRequest
    everything = requests.changes(update(scope=connections_pb.Scope()))
    assert everything.selection == Selection()
    some = requests.changes(update(scope=connections_pb.Scope(projects=["ab"], jql=" a = 1 ")))
    assert some.selection == Selection(("AB",), "a = 1")


def test_modes() -> None:
    """None is left to the product; one that is not known is refused."""
    asked = pb.StartSyncRequest
    assert requests.wanted(asked()) == Wanted()
    assert requests.wanted(asked(mode=pb.SyncJob.FULL)) == Wanted(Mode.FULL)
    assert requests.wanted(asked(mode=pb.SyncJob.DELTA)) == Wanted(Mode.DELTA)
    full = asked(mode=pb.SyncJob.FULL, believe_vanished=True)
    assert requests.wanted(full) == Wanted(Mode.FULL, believes_vanished=True)
    # A census is the product's own.
    for mode in (pb.SyncJob.CENSUS, 9):
        with pytest.raises(InvalidField) as refused:
            requests.wanted(asked(mode=mode))  # type: ignore[arg-type]
        assert refused.value.metadata == {"field": "mode"}


@pytest.mark.parametrize("mode", [pb.SyncJob.MODE_UNSPECIFIED, pb.SyncJob.DELTA])
def test_only_a_full_sees_what_vanished(mode: pb.SyncJob.Mode.ValueType) -> None:
    """Whoever believes it must ask for one."""
    with pytest.raises(InvalidField) as refused:
        requests.wanted(pb.StartSyncRequest(mode=mode, believe_vanished=True))
    assert refused.value.metadata == {"field": "believe_vanished"}


@pytest.mark.parametrize(("asked", "given"), [(0, 100), (1, 1), (1000, 1000)])
def test_page_sizes(asked: int, given: int) -> None:
    """None is a hundred."""
    assert requests.page_size(pb.ListSyncJobsRequest(page_size=asked)) == given


@pytest.mark.parametrize("asked", [-1, 1001, 2**31 - 1, -(2**31)])
def test_page_sizes_that_are_refused(asked: int) -> None:
    """Less than none and more than a thousand."""
    with pytest.raises(InvalidField):
        requests.page_size(pb.ListSyncJobsRequest(page_size=asked))


@given(NAMES)
def test_a_page_of_connections_goes_on_after_the_last(name: str) -> None:
    """Its token leads to the name it was made from."""
    token = requests.token_after(connection_named(name))
    request = connections_pb.ListConnectionsRequest(page_token=token)
    assert requests.after_name(request) == name


@given(st.integers(0, 2**53), st.from_regex(r"\A[0-9a-f]{30}\Z"))
def test_a_page_of_jobs_goes_on_after_the_last(created: int, job_id: str) -> None:
    """Its token leads to the instant and the id it was made from."""
    job = job_of(connection_named("1"), job_id)
    token = requests.token_before(replace(job, created=created))
    request = pb.ListSyncJobsRequest(page_token=token)
    assert requests.before(request) == (created, f"job_{job_id}")


@example(base64.b64encode(b"9" * 60 + b"/job_1").decode())
@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_no_text_of_a_strangers_making_breaks_a_page(token: str) -> None:
    """Whatever is sent as a token is parsed into something typed, or refused by its name."""
    try:
        request = pb.ListSyncJobsRequest(page_token=token)
        lists = connections_pb.ListConnectionsRequest(page_token=token)
    except UnicodeEncodeError:
        return
    job = _parsed_or_path(partial(requests.before, request))
    assert job in (None, "page_token") or (isinstance(job, tuple) and 0 <= job[0] < 2**63)
    name = _parsed_or_path(partial(requests.after_name, lists))
    assert name in ("", "page_token") or requests.name_of(str(name)) == name


def _parsed_or_path(parsed: Callable[[], object]) -> object:
    try:
        return parsed()
    except InvalidField as refused:
        return refused.metadata["field"]


@given(st.text())
def test_a_reference_is_short_and_printable(value: str) -> None:
    """What refers to a connection or a job goes into queries as a text and nothing else."""
    try:
        found = requests.required_reference(value)
    except InvalidField:
        assert not value or len(value) > 64 or not value.isprintable()
    else:
        assert found == value
    assert requests.reference("") == ""
