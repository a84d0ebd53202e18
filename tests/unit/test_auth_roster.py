"""Who may make whom what in a workspace, and that somebody always owns it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.auth.domain.account import Membership
from services.auth.domain.invite import check_invite
from services.auth.domain.revocation import member_subject
from services.auth.domain.roster import Giver, MemberChange, Roster, change_role, leave, remove
from services.auth.workspaces.changing_members import Rule
from services.kernel.audit import Actor
from services.kernel.errors import (
    LastOwner,
    NotFound,
    ProductError,
    RoleInsufficient,
    ScopeInsufficient,
    TokenInvalid,
)
from services.kernel.ids import UserId
from services.kernel.membership import Role, Scope
from services.kernel.revocation import Revocation
from tests.unit.auth_examples import NOW, USER, WORKSPACE, membership

V, M, A, O = Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER  # noqa: E741 - as the table says
ACTOR = Actor(UserId("usr_0"), WORKSPACE)
# Who may change a member of a role (first) into which roles, by the role of whoever asks.
MAY_GIVE: Mapping[Role, Mapping[Role, str]] = {
    V: {V: "", M: "", A: "", O: ""},
    M: {V: "", M: "", A: "", O: ""},
    A: {V: "VMA", M: "VMA", A: "VMA", O: ""},
    O: {V: "VMAO", M: "VMAO", A: "VMAO", O: "VMAO"},
}


def member(role: Role) -> Membership:
    return replace(membership(), role=role)


def person(role: Role | None) -> Giver | None:
    return None if role is None else Giver(role)


def changed(giver: Role | None, of: Role, wanted: Role, *, others_own: bool = True) -> MemberChange:
    roster = Roster(person(giver), member(of), others_own)
    return change_role(roster, wanted, actor=ACTOR, now=NOW)


@pytest.mark.parametrize(("giver", "of", "wanted"), list(product(Role, Role, Role)))
def test_who_may_give_which_role(giver: Role, of: Role, wanted: Role) -> None:
    """Only admins change roles, and only owners those of owners or into owners: the table above."""
    if wanted.value[0] in MAY_GIVE[giver][of]:
        assert changed(giver, of, wanted).member.role is wanted
    else:
        with pytest.raises(RoleInsufficient):
            changed(giver, of, wanted)


@pytest.mark.parametrize(("giver", "of"), list(product(Role, Role)))
def test_who_may_remove_whom(giver: Role, of: Role) -> None:
    """An admin removes all but owners; an owner removes everybody; nobody else removes."""
    roster = Roster(person(giver), member(of), others_own=True)
    if MAY_GIVE[giver][of]:
        assert not remove(roster, actor=ACTOR, now=NOW).stays
    else:
        with pytest.raises(RoleInsufficient):
            remove(roster, actor=ACTOR, now=NOW)


@pytest.mark.parametrize("wanted", [V, M, A])
def test_a_machine_gives_a_role_with_all_its_scopes_and_with_none_less(wanted: Role) -> None:
    """One who lacks any scope that the role opens is refused, and told which."""
    opened = {
        V: {scope for scope in Scope if scope.endswith(":read")},
        M: {scope for scope in Scope if not scope.endswith(":admin")},
        A: set(Scope),
    }
    for lacking in (None, *Scope):
        machine = Giver(A, frozenset(Scope) - {lacking})
        roster = Roster(machine, member(V), others_own=True)
        if lacking in opened[wanted]:
            with pytest.raises(ScopeInsufficient) as refused:
                change_role(roster, wanted, actor=ACTOR, now=NOW)
            assert refused.value.metadata == {"required": lacking}
        else:
            assert change_role(roster, wanted, actor=ACTOR, now=NOW).member.role is wanted


def test_who_is_gone_may_do_nothing() -> None:
    """Somebody whose token still says OWNER and who was removed since gives no role."""
    with pytest.raises(RoleInsufficient):
        changed(None, V, M)


@pytest.mark.parametrize("wanted", [V, M, A])
def test_the_last_owner_stays_one(wanted: Role) -> None:
    """Nobody, and least of all themselves, lowers, removes or lets go the only owner."""
    only = Roster(Giver(O), member(O), others_own=False)
    rules: list[Rule] = [partial(change_role, wanted=wanted), remove, leave]
    for rule in rules:
        with pytest.raises(LastOwner) as refused:
            rule(only, actor=ACTOR, now=NOW)
        assert refused.value.metadata == {"workspace_ids": WORKSPACE}


@pytest.mark.parametrize("role", list(Role))
def test_anybody_may_leave_where_others_own(role: Role) -> None:
    """To leave takes no role."""
    roster = Roster(Giver(role), member(role), others_own=True)
    assert not leave(roster, actor=ACTOR, now=NOW).stays


def test_nobody_is_not_found() -> None:
    """Whoever is no member of this workspace is NOT_FOUND, whatever the caller may do."""
    for giver in (*Role, None):
        nobody = Roster(person(giver), None, others_own=True)
        with pytest.raises(NotFound):
            change_role(nobody, M, actor=ACTOR, now=NOW)
        with pytest.raises(NotFound):
            remove(nobody, actor=ACTOR, now=NOW)
        with pytest.raises(TokenInvalid):
            leave(nobody, actor=ACTOR, now=NOW)


def test_a_change_ends_tokens_and_is_noted() -> None:
    """The version goes up by one, tokens of the one before end, and an event says which roles."""
    done = changed(O, V, A)
    assert done.member.version == 1
    assert done.revocations == (Revocation(member_subject(WORKSPACE, USER), 1, NOW),)
    (noted,) = done.events
    assert (noted.action, noted.target_id) == ("member.update", USER)
    assert noted.details == {"role": "ADMIN", "role_before": "VIEWER"}


def test_the_same_role_again_changes_nothing() -> None:
    """No token ends and no event is written where the role stays."""
    done = changed(O, M, M)
    assert (done.member.version, done.events, done.revocations) == (0, (), ())
    assert changed(O, O, O, others_own=False).stays


PEOPLE = st.integers(0, 4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), PEOPLE, PEOPLE, st.sampled_from(list(Role))),
        st.tuples(st.just("join"), PEOPLE, PEOPLE, st.sampled_from(list(Role))),
        st.tuples(st.just("remove"), PEOPLE, PEOPLE, st.just(V)),
        st.tuples(st.just("leave"), PEOPLE, PEOPLE, st.just(V)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(steps=STEPS)
def test_a_workspace_always_has_an_owner_and_nobody_gives_what_they_lack(
    steps: list[tuple[str, int, int, Role]],
) -> None:
    """Whoever asks for whatever: an owner stays, and no role is above that of its giver."""
    roles = {0: O}
    for verb, asking, about, wanted in steps:
        giver, before = roles.get(asking), roles.get(about)
        target = asking if verb == "leave" else about
        try:
            take(roles, verb, (asking, target), wanted)
        except ProductError:
            continue
        after = roles.get(target)
        if after is not None and after is not before:
            assert giver is not None
            assert giver.covers(after)
        assert O in roles.values()


def take(roles: dict[int, Role], verb: str, who: tuple[int, int], wanted: Role) -> None:
    """Take a step as a store would."""
    asking, about = who
    of = roles.get(about)
    found = None if of is None else member(of)
    others_own = any(role is O for person, role in roles.items() if person != about)
    roster = Roster(person(roles.get(asking)), found, others_own)
    if verb == "join":
        check_invite(roster, wanted)
        roles[about] = wanted
        return
    rules: dict[str, Rule] = {
        "give": partial(change_role, wanted=wanted),
        "remove": remove,
        "leave": leave,
    }
    done = rules[verb](roster, actor=ACTOR, now=NOW)
    if done.stays:
        roles[about] = done.member.role
    else:
        del roles[about]
