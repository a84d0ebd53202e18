"""The RPCs: parse, ask, pack."""

from typing import Final
from weakref import WeakKeyDictionary

from google.protobuf.empty_pb2 import Empty

from jira_analytics.analytics.v1 import analytics_pb2 as pb
from jira_analytics.analytics.v1 import internal_pb2 as internal_pb
from services.analytics.answers import Answer
from services.analytics.asking import Asking
from services.analytics.domain.question import Asked, Report
from services.analytics.erasing import Erasing
from services.analytics.packing import packed_provenance
from services.analytics.requests import Questions, Request, workspace_of
from services.chassis import identity
from services.chassis.layers import Context

# Sent only with what had to be computed: the gateway adds "true" where nothing is said, since to
# send anything before the answer would cost a warm read a quarter of its CPU.
_MISS: Final = (("x-cache-hit", "false"),)


class InternalServicer:
    """analytics.v1.InternalService, which other services call."""

    def __init__(self, erasing: Erasing) -> None:
        self._erasing = erasing

    async def EraseWorkspace(
        self, request: internal_pb.EraseWorkspaceRequest, _context: Context
    ) -> Empty:
        """Forget every answer and snapshot of a workspace."""
        await self._erasing.workspace(workspace_of(request))
        return Empty()


class AnalyticsServicer:
    """analytics.v1.AnalyticsService; answers are serialised messages."""

    def __init__(self, questions: Questions, asking: Asking) -> None:
        self._questions = questions
        self._asking = asking
        self._provenances: WeakKeyDictionary[Asked, bytes] = WeakKeyDictionary()

    async def GetExecutiveSummary(
        self, request: pb.GetExecutiveSummaryRequest, context: Context
    ) -> bytes:
        """Answer with an ExecutiveSummary."""
        return await self._answer(Report.EXECUTIVE_SUMMARY, request, context)

    async def GetBottlenecks(self, request: pb.GetBottlenecksRequest, context: Context) -> bytes:
        """Answer with Bottlenecks."""
        return await self._answer(Report.BOTTLENECKS, request, context)

    async def GetWorkload(self, request: pb.GetWorkloadRequest, context: Context) -> bytes:
        """Answer with a Workload."""
        return await self._answer(Report.WORKLOAD, request, context)

    async def _answer(self, report: Report, request: Request, context: Context) -> bytes:
        caller = identity.caller()
        question = self._questions.parse(report, request, caller.time_zone)
        asked, answer = await self._asking.ask(question, caller.workspace_id)
        return await self._packed(asked, answer, context)

    async def _packed(self, asked: Asked, answer: Answer, context: Context) -> bytes:
        """Put provenance before the body: serialised messages concatenate to one message."""
        if not answer.cached:
            await context.send_initial_metadata(_MISS)
        provenance = self._provenances.get(asked)
        if provenance is None:
            message = pb.ExecutiveSummary(provenance=packed_provenance(asked))
            provenance = message.SerializeToString()
            self._provenances[asked] = provenance
        return provenance + answer.body
