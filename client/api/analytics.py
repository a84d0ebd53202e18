"""Questions about the issues that were collected."""

from client.api.area import Area
from client.question import Question
from jira_analytics.analytics.v1 import analytics_pb2


class Analytics(Area):
    """Calls that answer with figures."""

    async def executive_summary(self, question: Question) -> analytics_pb2.ExecutiveSummary:
        """Ask for the main figures beside those of the window before."""
        request = question.fill(analytics_pb2.GetExecutiveSummaryRequest)
        return await self._calls.ask(self._analytics.GetExecutiveSummary, request)

    async def bottlenecks(self, question: Question) -> analytics_pb2.Bottlenecks:
        """Ask where work waits."""
        request = question.fill(analytics_pb2.GetBottlenecksRequest)
        return await self._calls.ask(self._analytics.GetBottlenecks, request)

    async def workload(self, question: Question) -> analytics_pb2.Workload:
        """Ask who holds the work in progress."""
        request = question.fill(analytics_pb2.GetWorkloadRequest)
        return await self._calls.ask(self._analytics.GetWorkload, request)
