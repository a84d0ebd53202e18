"""Whether a condition holds of an issue, as a test of what is indexed of it."""

from collections.abc import Callable, Iterable
from operator import ge, gt, le, lt

from twin.history import JsonObject, instant_ms
from twin.jql_tokens import JqlError
from twin.queries import (
    Both,
    Compared,
    Condition,
    DateField,
    Either,
    Empty,
    KeyCompared,
    NamedField,
    Not,
    OneOf,
)
from twin.records import Record
from twin.wire import account_id
from twin.world import World

Test = Callable[[Record], bool]

_COMPARISONS: dict[str, Callable[[int, int], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt}
_UNRESOLVED = "unresolved"  # how JQL calls an issue without resolution


def test_of(world: World, condition: Condition) -> Test:
    """Make a test of a condition; JqlError when it names a value that is not there."""
    match condition:
        case Both(parts):
            every = [test_of(world, part) for part in parts]
            return lambda record: all(test(record) for test in every)
        case Either(parts):
            some = [test_of(world, part) for part in parts]
            return lambda record: any(test(record) for test in some)
        case Not(part):
            test = test_of(world, part)
            return lambda record: not test(record)
        case _:
            return _test_of_field(world, condition)


def _test_of_field(world: World, condition: Compared | KeyCompared | Empty | OneOf) -> Test:
    match condition:
        case Compared():
            return _instants(world, condition)
        case KeyCompared(operator, key):
            return _key_range(world, operator, key)
        case Empty(field):
            return lambda record: _values(world, record, field) <= {_UNRESOLVED}
        case OneOf():
            return _one_of(world, condition)


def _instants(world: World, condition: Compared) -> Test:
    compare, at_ms = _COMPARISONS[condition.operator], condition.at_ms
    match condition.field:
        case DateField.CREATED:
            return lambda record: compare(record.created_ms, at_ms)
        case DateField.UPDATED:
            return lambda record: compare(record.updated_ms, at_ms)
        case DateField.RESOLVED:
            return lambda record: _resolved(world, record, compare, at_ms)


def _resolved(
    world: World, record: Record, compare: Callable[[int, int], bool], at_ms: int
) -> bool:
    at = world.issue_of(record).fields.get("resolutiondate")
    return at is not None and compare(instant_ms(at), at_ms)


def _key_range(world: World, operator: str, key: str) -> Test:
    project, number = _issue_named(world, key, called="key").key_parts
    compare = _COMPARISONS[operator]
    return lambda record: record.key_parts[0] == project and compare(record.key_parts[1], number)


def _issue_named(world: World, name: str, *, called: str) -> Record:
    """Find an issue by key, former key or id; JqlError where there is none."""
    record = world.find(name)
    if record is not None:
        return record
    if name.isdecimal():
        raise JqlError(f"A value with ID '{name}' does not exist for the field '{called}'.")
    raise JqlError(f"An issue with key '{name}' does not exist for field '{called}'.")


def _one_of(world: World, condition: OneOf) -> Test:
    match condition.field:
        case NamedField.PROJECT:
            projects = {id_ for name in condition.values for id_ in _projects(world, name)}
            return lambda record: record.project.id in projects
        case NamedField.KEY:
            called = condition.called
            ids = {_issue_named(world, name, called=called).id for name in condition.values}
            return lambda record: record.id in ids
        case field:
            _check(world, condition)
            wanted = {value.lower() for value in condition.values}
            return lambda record: not wanted.isdisjoint(_values(world, record, field))


def _projects(world: World, name: str) -> set[str]:
    wanted = name.lower()
    named = {
        project.id
        for project in world.all_projects()
        if project.id not in world.hidden
        and wanted in {project.key.lower(), project.id, project.name.lower()}
    }
    if not named:
        raise _no_such_value(name, NamedField.PROJECT)
    return named


def _check(world: World, condition: OneOf) -> None:
    """Refuse a status or type that the site has none of; other fields' values go unchecked."""
    things: Iterable[JsonObject]
    match condition.field:
        case NamedField.STATUS:
            things = world.catalogue.statuses.values()
        case NamedField.TYPE:
            things = world.catalogue.issue_types.values()
        case _:
            return
    known = {name.lower() for thing in things for name in (thing["id"], thing["name"])}
    for value in condition.values:
        if value.lower() not in known:
            raise _no_such_value(value, condition.field)


def _no_such_value(value: str, field: NamedField) -> JqlError:
    return JqlError(f"The value '{value}' does not exist for the field '{field}'.")


def _values(world: World, record: Record, field: NamedField) -> set[str]:
    """Give every word, in small letters, by which JQL may name what a field holds."""
    fields, catalogue = world.issue_of(record).fields, world.catalogue
    match field:
        case NamedField.LABELS:
            return {label.lower() for label in fields.get("labels") or ()}
        case NamedField.CATEGORY:
            category = catalogue.statuses[fields["status"]["id"]]["statusCategory"]
            return {str(category[name]).lower() for name in ("id", "key", "name")}
        case NamedField.STATUS:
            status = catalogue.statuses[fields["status"]["id"]]
            return {status["id"], status["name"].lower()}
        case NamedField.ASSIGNEE:
            person = fields.get("assignee")
            return {account_id(person["name"]).lower()} if person else set()
        case _:
            thing = fields.get(field)
    if thing is None:
        return {_UNRESOLVED} if field is NamedField.RESOLUTION else set()
    return {thing["id"], thing["name"].lower()}
