"""The sync API's RPCs: parse, ask, pack."""

from collections.abc import AsyncIterator

from google.protobuf.empty_pb2 import Empty

from jira_analytics.sync.v1 import connection_pb2 as connections_pb
from jira_analytics.sync.v1 import internal_pb2 as internal_pb
from jira_analytics.sync.v1 import sync_pb2 as pb
from services.chassis.acting import acting
from services.chassis.identity import caller, service
from services.chassis.layers import Context
from services.chassis.origin import origin
from services.kernel.audit import Actor
from services.kernel.ids import UserId
from services.sync import answers, requests
from services.sync.completeness import GetCompleteness
from services.sync.connecting import SiteOf
from services.sync.connections import Connections
from services.sync.dead_letters import answers as letter_answers
from services.sync.dead_letters import requests as letter_requests
from services.sync.dead_letters.letters import DeadLetters
from services.sync.domain.quota import Starter
from services.sync.erasing import Erasing
from services.sync.jobs import Jobs


class ConnectionServicer:
    """Serves jira_analytics.sync.v1.ConnectionService."""

    def __init__(self, connections: Connections, site_of: SiteOf) -> None:
        self._connections = connections
        self._site_of = site_of

    async def CreateConnection(
        self, request: connections_pb.CreateConnectionRequest, _context: Context
    ) -> connections_pb.Connection:
        """Make a connection after trying its credential on the site."""
        offered = requests.offered(request, self._site_of)
        made = await self._connections.create(acting(), offered)
        return answers.connection(made)

    async def GetConnection(
        self, request: connections_pb.GetConnectionRequest, _context: Context
    ) -> connections_pb.Connection:
        """Show one connection."""
        reference = requests.required_reference(request.connection_id)
        found = await self._connections.get(caller().workspace_id, reference)
        return answers.connection(found)

    async def ListConnections(
        self, request: connections_pb.ListConnectionsRequest, _context: Context
    ) -> connections_pb.ListConnectionsResponse:
        """List the workspace's connections."""
        size, after_name = requests.page_size(request), requests.after_name(request)
        page = await self._connections.page(
            caller().workspace_id, after_name=after_name, size=size + 1
        )
        return connections_pb.ListConnectionsResponse(
            connections=[answers.connection(one) for one in page[:size]],
            next_page_token=requests.token_after(page[size - 1]) if len(page) > size else "",
        )

    async def UpdateConnection(
        self, request: connections_pb.UpdateConnectionRequest, _context: Context
    ) -> connections_pb.Connection:
        """Give a connection another name or credential."""
        reference = requests.required_reference(request.connection_id)
        changes = requests.changes(request)
        updated = await self._connections.update(acting(), reference, changes)
        return answers.connection(updated)

    async def DeleteConnection(
        self, request: connections_pb.DeleteConnectionRequest, _context: Context
    ) -> Empty:
        """Delete a connection and everything that was collected through it."""
        reference = requests.required_reference(request.connection_id)
        await self._connections.delete(acting(), reference)
        return Empty()


class SyncServicer:
    """Serves jira_analytics.sync.v1.SyncService."""

    def __init__(
        self, jobs: Jobs, completeness: GetCompleteness, dead_letters: DeadLetters
    ) -> None:
        self._jobs = jobs
        self._completeness = completeness
        self._dead_letters = dead_letters

    async def StartSync(self, request: pb.StartSyncRequest, _context: Context) -> pb.SyncJob:
        """Start a sync, or answer with the one that runs."""
        reference = requests.reference(request.connection_id)
        wanted, request_id = requests.wanted(request), requests.request_id(request.request_id)
        person = caller()
        starter = Starter(person.workspace_id, person.user_id, person.tier)
        job = await self._jobs.start(
            person.workspace_id, reference, wanted, request_id, starter=starter
        )
        return answers.job(job)

    async def GetSyncJob(self, request: pb.GetSyncJobRequest, _context: Context) -> pb.SyncJob:
        """Show one job."""
        job_id = requests.required_reference(request.job_id, "job_id")
        return answers.job(await self._jobs.get(caller().workspace_id, job_id))

    async def CancelSyncJob(
        self, request: pb.CancelSyncJobRequest, _context: Context
    ) -> pb.SyncJob:
        """Give one job up."""
        job_id = requests.required_reference(request.job_id, "job_id")
        return answers.job(await self._jobs.cancel(caller().workspace_id, job_id))

    async def ListSyncJobs(
        self, request: pb.ListSyncJobsRequest, _context: Context
    ) -> pb.ListSyncJobsResponse:
        """List the workspace's jobs."""
        reference = requests.reference(request.connection_id)
        size, before = requests.page_size(request), requests.before(request)
        page = await self._jobs.page(
            caller().workspace_id, reference=reference, before=before, size=size + 1
        )
        return pb.ListSyncJobsResponse(
            jobs=[answers.job(one) for one in page[:size]],
            next_page_token=requests.token_before(page[size - 1]) if len(page) > size else "",
        )

    async def WatchSyncJob(
        self, request: pb.WatchSyncJobRequest, _context: Context
    ) -> AsyncIterator[pb.SyncJob]:
        """Show one job again and again as it moves."""
        job_id = requests.required_reference(request.job_id, "job_id")
        async for job in self._jobs.watch(caller().workspace_id, job_id):
            yield answers.job(job)

    async def GetCompleteness(
        self, request: pb.GetCompletenessRequest, _context: Context
    ) -> pb.Completeness:
        """Tell how complete a connection is."""
        reference = requests.reference(request.connection_id)
        return answers.completeness(await self._completeness(caller().workspace_id, reference))

    async def ListDeadLetters(
        self, request: pb.ListDeadLettersRequest, _context: Context
    ) -> pb.ListDeadLettersResponse:
        """List what is left of jobs that ended badly."""
        wanted, size = letter_requests.letters(request), requests.page_size(request)
        page = await self._dead_letters.page(
            caller().workspace_id, wanted, before=letter_requests.before(request), size=size + 1
        )
        more = len(page) > size
        return pb.ListDeadLettersResponse(
            dead_letters=[letter_answers.letter(one) for one in page[:size]],
            next_page_token=letter_requests.token_before(page[size - 1]) if more else "",
        )

    async def ReplayDeadLetters(
        self, request: pb.ReplayDeadLettersRequest, _context: Context
    ) -> pb.ReplayDeadLettersResponse:
        """Start again what dead letters are about."""
        ids, before = letter_requests.letter_ids(request), letter_requests.before(request)
        wanted, more = letter_requests.letters(request), False
        if ids:
            done = await self._dead_letters.replay(acting(), ids)
        else:
            done, more = await self._dead_letters.replay_found(acting(), wanted, before)
        return pb.ReplayDeadLettersResponse(
            replays=[letter_answers.replay(one) for one in done],
            next_page_token=letter_requests.token_before(done[-1].letter) if more else "",
        )


class InternalServicer:
    """Serves jira_analytics.sync.v1.InternalService, which other services call."""

    def __init__(self, erasing: Erasing) -> None:
        self._erasing = erasing

    async def EraseWorkspace(
        self, request: internal_pb.EraseWorkspaceRequest, _context: Context
    ) -> Empty:
        """Delete everything that was collected for a workspace."""
        workspace_id = requests.workspace(request.workspace_id)
        await self._erasing.workspace(workspace_id)
        return Empty()

    async def ErasePerson(
        self, request: internal_pb.ErasePersonRequest, _context: Context
    ) -> Empty:
        """Delete the credentials that are kept under a person's address in a workspace."""
        actor = Actor(
            UserId(service().service_id), requests.workspace(request.workspace_id), origin=origin()
        )
        await self._erasing.person(actor, requests.person(request.email))
        return Empty()

    async def ListPersonConnections(
        self, request: internal_pb.ListPersonConnectionsRequest, _context: Context
    ) -> internal_pb.ListPersonConnectionsResponse:
        """List the connections that sign in with a person's address."""
        workspace_ids, email = requests.workspaces(request), requests.person(request.email)
        found = await self._erasing.connections_in(workspace_ids, email)
        return answers.person_connections(found)
