"""The calls of Jira Software: boards, what a board estimates with, and its sprints."""

from aiohttp import web

from twin.agile import Board, Sprint, sprint_value
from twin.answers import Refusal, answer
from twin.changelog_routes import page_asked
from twin.history import JsonObject
from twin.site import SITE, Site

_PAGE = 50

routes = web.RouteTableDef()


@routes.get("/rest/agile/1.0/board")
async def boards(request: web.Request) -> web.Response:
    """Give the boards by offset."""
    site = request.app[SITE]
    values = [_board(site, board) for board in _seen(site)]
    return _page(request, values)


@routes.get("/rest/agile/1.0/board/{boardId}/configuration")
async def configuration(request: web.Request) -> web.Response:
    """Give a board's columns, and the field it estimates with."""
    site, board = request.app[SITE], _asked_board(request)
    columns = [
        {
            "name": name,
            "statuses": [{"id": id_, "self": site.wire.link("status", id_)} for id_ in ids],
        }
        for name, ids in board.columns
    ]
    body = {
        "id": board.id,
        "name": board.name,
        "type": "scrum",
        "self": f"{_own(site, board)}/configuration",
        "location": {"type": "project", "id": board.project_id},
        "filter": {"id": str(board.id), "self": site.wire.link("filter", str(board.id))},
        "columnConfig": {"columns": columns, "constraintType": "issueCount"},
        **_estimation(site, board),
    }
    return answer(body)


def _estimation(site: Site, board: Board) -> JsonObject:
    if board.points_field is None:
        return {"estimation": {"type": "none"}}
    name = site.world.catalogue.custom_fields[board.points_field].name
    field = {"fieldId": board.points_field, "displayName": name}
    return {"estimation": {"type": "field", "field": field}}


@routes.get("/rest/agile/1.0/board/{boardId}/sprint")
async def sprints(request: web.Request) -> web.Response:
    """Give a board's sprints by offset, of some states where that is asked."""
    site, board = request.app[SITE], _asked_board(request)
    states = [state for state in request.query.get("state", "").split(",") if state]
    values = [
        _sprint(site, sprint)
        for sprint in site.world.agile.sprints.values()
        if sprint.board_id == board.id and (not states or sprint.state.value in states)
    ]
    return _page(request, values)


@routes.get("/rest/agile/1.0/sprint/{sprintId}")
async def one_sprint(request: web.Request) -> web.Response:
    """Give one sprint."""
    site, asked = request.app[SITE], request.match_info["sprintId"]
    sprint = site.world.agile.sprints.get(int(asked)) if asked.isdecimal() else None
    if sprint is None:
        raise Refusal("Sprint does not exist.", status=404)
    return answer(_sprint(site, sprint))


def _seen(site: Site) -> list[Board]:
    """Give the boards whose project may be seen."""
    boards_there = site.world.agile.boards.values()
    return [board for board in boards_there if board.project_id not in site.world.hidden]


def _asked_board(request: web.Request) -> Board:
    asked = request.match_info["boardId"]
    board = next((one for one in _seen(request.app[SITE]) if str(one.id) == asked), None)
    if board is None:
        raise Refusal("The requested board cannot be viewed.", status=404)
    return board


def _board(site: Site, board: Board) -> JsonObject:
    project = next(one for one in site.world.all_projects() if one.id == board.project_id)
    location = {
        "projectId": int(project.id),
        "projectKey": project.key,
        "projectName": project.name,
        "displayName": f"{project.name} ({project.key})",
    }
    return {
        "id": board.id,
        "self": _own(site, board),
        "name": board.name,
        "type": "simple" if project.simplified else "scrum",
        "location": location,
    }


def _sprint(site: Site, sprint: Sprint) -> JsonObject:
    value = sprint_value(sprint)
    board_id = value.pop("boardId")
    own = f"{site.origin}/rest/agile/1.0/sprint/{sprint.id}"
    return {"self": own, **value, "originBoardId": board_id}


def _own(site: Site, board: Board) -> str:
    return f"{site.origin}/rest/agile/1.0/board/{board.id}"


def _page(request: web.Request, values: list[JsonObject]) -> web.Response:
    start, size = page_asked(request, default=_PAGE, most=_PAGE)
    page = values[start : start + size]
    return answer(
        {
            "maxResults": size,
            "startAt": start,
            "total": len(values),
            "isLast": start + len(page) >= len(values),
            "values": page,
        }
    )
