"""Webhook bodies of Jira Cloud and Server, recorded by others: their facts, without any person.

Each row is one recorded body: its name, its event, the event's type, the issue's id and key ("" for
none), and which further members it has. Words, people and addresses were left out.
"""

import json
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recorded body says."""

    name: str
    event: str
    event_type: str
    issue_id: str
    key: str
    members: tuple[str, ...]

    def body(self, timestamp: int) -> bytes:
        """Write it as it would come now."""
        said: dict[str, object] = {"timestamp": timestamp, "webhookEvent": self.event}
        if self.event_type:
            said["issue_event_type_name"] = self.event_type
        if self.issue_id:
            project = {"id": "10000", "key": self.key.partition("-")[0]}
            said["issue"] = {"id": self.issue_id, "key": self.key, "fields": {"project": project}}
        if "changelog" in self.members:
            said["changelog"] = {"id": "10100", "items": [{"field": "status", "from": "1"}]}
        if "comment" in self.members:
            said["comment"] = {"id": "10300", "body": "(Text left out.)"}
        return json.dumps(said).encode()


def _rows() -> list[Recorded]:
    rows = []
    for line in FACTS.strip().splitlines():
        name, event, event_type, issue, members = (part.strip() for part in line.split("|"))
        issue_id, _, key = issue.partition(" ")
        event = f"jira:{event}" if event.startswith("issue_") else event
        rows.append(Recorded(name, event, event_type, issue_id, key, tuple(members.split())))
    return rows


FACTS: Final = """
cloud-comment-created-mention-user|comment_created||10040 TES-41|comment
cloud-comment-created|comment_created||10040 TES-41|comment
cloud-comment-deleted|comment_deleted||10357 KT-7|comment
cloud-comment-updated|comment_updated||10040 TES-41|comment
cloud-issue-created-many-fields|issue_created|issue_created|10509 KT-22|changelog
cloud-issue-updated-custom-field|issue_updated|issue_updated|10368 TES-14|changelog
issue-assigned-empty-changelog|issue_updated|issue_assigned|10001 TEST-123|changelog
issue-comment-created-indentation|issue_updated|issue_commented|10101 TEST-4|comment
issue-created-no-description-nor-relevant-fields|issue_created|issue_created|10040 TES-41|changelog
issue-created-no-description|issue_created|issue_created|10040 TES-41|changelog
issue-created-no-relevant-fields|issue_created|issue_created|10040 TES-41|changelog
issue-created-with-security-level|issue_created|issue_created|10040 TES-41|changelog
issue-created|issue_created|issue_created|10040 TES-41|changelog
issue-deleted|issue_deleted||10303 IDT-19|
issue-updated-assigned-nobody|issue_updated|issue_assigned|10040 TES-41|changelog
issue-updated-assigned-on-server|issue_updated|issue_updated|10226 PRJA-37|changelog
issue-updated-assigned|issue_updated|issue_assigned|10040 TES-41|changelog
issue-updated-attachments|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-components|issue_updated|issue_updated|10360 TES-10|changelog
issue-updated-edited|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-fix-version|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-issue-type|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-labels|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-lowered-priority|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-multiple-custom-fields|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-multiple-values|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-raised-priority|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-rank|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-renamed|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-reopened-one-changelog|issue_updated|issue_generic|10040 TES-41|changelog
issue-updated-reopened|issue_updated|issue_generic|10040 TES-41|changelog
issue-updated-resolved-one-changelog|issue_updated|issue_generic|10040 TES-41|changelog
issue-updated-resolved|issue_updated|issue_generic|10040 TES-41|changelog
issue-updated-sprint|issue_updated|issue_updated|10040 TES-41|changelog
issue-updated-started-working|issue_updated|issue_generic|10040 TES-41|changelog
server-comment-created|comment_created||| comment
server-comment-deleted|comment_deleted||| comment
server-comment-updated|comment_updated||| comment
server-issue-updated-closed|issue_updated|issue_closed|10300 TES-4|changelog
server-issue-updated-comment-deleted|issue_updated|issue_comment_deleted|10013 PRJX-14|
server-issue-updated-comment-edited|issue_updated|issue_comment_edited|10013 PRJX-14|comment
server-issue-updated-commented-1|issue_updated|issue_commented|10013 PRJX-14|comment
server-issue-updated-commented-2|issue_updated|issue_commented|10231 PRJA-42|comment
server-issue-updated-commented-3|issue_updated|issue_commented|10231 PRJA-42|comment
server-issue-updated-commented-mention-user|issue_updated|issue_commented|10013 PRJX-14|comment
server-issue-updated-in-progress|issue_updated|issue_work_started|10300 TES-4|changelog
server-issue-updated-many-fields|issue_updated|issue_updated|10400 HEY-15|changelog
server-issue-updated-reopened|issue_updated|issue_reopened|10300 TES-4|changelog
server-issue-updated-resolved|issue_updated|issue_resolved|10300 TES-4|changelog
"""
RECORDED: Final = _rows()
