"""Who calls: the account, its workspace, and until when."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from client.show.frame import indented
from client.show.listing import filled, listing, stamp, word
from client.show.names import name
from jira_analytics.auth.v1.auth_pb2 import Me, Session
from jira_analytics.auth.v1.workspace_pb2 import Member, Workspace

UNCONFIRMED = "not confirmed yet: follow the link in the mail, or jira-analytics verify-email"


def who_in_words(me: Me) -> Text:
    """Say who signed in, in a line."""
    role = word(Member.Role.Name(me.role))
    return Text.assemble(
        "signed in as ",
        name(me.email, "bold"),
        f", {role} of the workspace ",
        workspace_in_words(me.workspace),
    )


def workspace_in_words(workspace: Workspace) -> Text:
    """Say which workspace it is."""
    tier = word(Workspace.Tier.Name(workspace.tier))
    region = Workspace.Region.Name(workspace.region) if workspace.region else ""
    facts = ", ".join(fact for fact in (tier, workspace.time_zone, region) if fact)
    return Text.assemble(name(workspace.name, "bold"), f" ({facts})")


def show_me(me: Me, session: Session | None) -> Group:
    """Lay out who calls, for a person."""
    facts = Table.grid(padding=(0, 2, 0, 0))
    for title, fact in _facts(me, session):
        facts.add_row(Text(title, style="dim"), fact)
    parts: list[RenderableType] = [facts]
    if len(me.memberships) > 1:
        parts += ["", Text("workspaces", style="dim"), indented(_memberships(me))]
        parts += ["", Text("go on in another with: jira-analytics switch NAME", style="dim")]
    return Group(*parts)


def _facts(me: Me, session: Session | None) -> list[tuple[str, Text]]:
    facts = [
        ("account", _account(me)),
        ("workspace", workspace_in_words(me.workspace)),
        ("role", Text(word(Member.Role.Name(me.role)))),
    ]
    if not me.email_verified:
        facts.insert(1, ("e-mail", Text(UNCONFIRMED, style="yellow")))
    if session is not None:
        facts.append(("session", Text(f"ends {stamp(session.expire_time)} at the latest")))
    return facts


def _account(me: Me) -> Text:
    shown = me.display_name
    called = Text.assemble(" (", name(shown), ")") if shown and shown != me.email else Text()
    return Text.assemble(name(me.email, "bold"), called, (f"  {me.id}", "dim"))


def _memberships(me: Me) -> Table:
    rows = (
        (
            Text("*" if each.workspace_id == me.workspace.id else " ", style="green"),
            each.workspace_name,
            word(Member.Role.Name(each.role)),
            each.workspace_id,
        )
        for each in me.memberships
    )
    return filled(listing("", "name", "role", "id"), rows)
