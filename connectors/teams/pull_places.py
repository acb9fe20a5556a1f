"""Where the owner is: teams with their channels, chats, lists, plans and sections, and who can read each."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.paging import Walk
from connectors.teams.api import places as of
from connectors.teams.api.ask import MANY, channel_path
from connectors.teams.api.places import Found
from connectors.teams.api.shape import PLAN, Row, ident, obj, part, text
from connectors.teams.run import Run
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Audience, Batch, Place, RemoteId
from leeward.wire import Request

MEMBERS_A_ROUND = 40
CHAT_MEMBERS = 25
"""As many members as come with a chat; where there are as many, they are listed by themselves."""


async def listing(run: Run, request: Request) -> list[Row] | None:
    """All rows of a listing; None where this token may not read it or there is none."""
    found: list[Row] = []
    try:
        async for page in run.pages(request, Walk()):
            found += page
    except (Forbidden, Gone, Refused):
        return None
    return found


async def channels(run: Run) -> AsyncIterator[Batch]:
    """Teams and their channels; who reads them is asked once an hour, and of new ones at once."""
    budget = [MEMBERS_A_ROUND]
    places: list[Place] = []
    for row in await listing(run, run.ask.get("/me/joinedTeams")) or []:
        team = of.team(row, run.world)
        if team is None:
            continue
        asked: dict[str, Audience] = {}
        for each in await listing(run, run.ask.get(f"/teams/{part(team.id)}/channels")) or []:
            found = of.channel(each, team, run.world)
            if found is None or not run.wanted(found):
                continue
            run.channels.append(found.id)
            if run.due or found.id not in run.where.channels:
                audience = await _readers(run, team, found, asked, budget)
                places.append(of.channel_place(found, team, audience))
        if team.id in asked:
            run.teams[team.id] = asked[team.id]
    if places:
        people = run.world.named(each for place in places for each in place.audience.people)
        yield run.batch(Batch(places=tuple(places), people=people))


async def _readers(run: Run, team: Found, found: Found, asked: dict[str, Audience], budget: list[int]) -> Audience:
    """A private channel's own members, else the team's."""
    own = of.private(found.row)
    name = found.id if own else team.id
    if name not in asked:
        visibility = "" if own else await _visibility(run, team)
        members = None
        if visibility != "public" and budget[0] > 0:
            budget[0] -= 1
            members = await listing(run, run.ask.get(f"{channel_path(found.id)}/members"))
        asked[name] = of.readers(members, run.world, visibility=visibility)
    return asked[name]


async def _visibility(run: Run, team: Found) -> str:
    """Whether anybody of the organisation may join; the list of teams does not always say."""
    told = text(team.row.get("visibility"))
    if told:
        return told
    try:
        return text((await run.get(run.ask.get(f"/teams/{part(team.id)}", select="id,visibility"))).get("visibility"))
    except (Forbidden, Gone, Refused):
        return ""


async def chats(run: Run) -> AsyncIterator[Batch]:
    """Chats with their members, newest line and read marker, as one listing brings them."""
    places: list[Place] = []
    named: list[RemoteId] = []
    budget = [MEMBERS_A_ROUND]
    found_rows = await listing(run, run.ask.get("/me/chats", top=50, expand="members,lastMessagePreview"))
    if found_rows is None:
        # Members can be asked for by themselves; a service that takes no two expansions must not hide the chats.
        found_rows = await listing(run, run.ask.get("/me/chats", top=50))
    for row in found_rows or []:
        whole = await _with_members(run, row, budget)
        found = of.chat(whole, run.world)
        if found is None or not run.wanted(found[0]):
            continue
        one, place, people = found
        run.chats[one.id] = row
        if run.due or one.id not in run.where.chats:
            places.append(place)
            named += [each.id for each in people]
    if places:
        yield run.batch(Batch(places=tuple(places), people=run.world.named(named)))


async def _with_members(run: Run, row: Row, budget: list[int]) -> Row:
    members = row.get("members")
    whole = isinstance(members, list) and len(members) < CHAT_MEMBERS
    news = run.due or ident(row.get("id")) not in run.where.chats
    if whole or not news or budget[0] <= 0:
        return row
    budget[0] -= 1
    found = await listing(run, run.ask.get(f"/chats/{part(text(row.get('id')))}/members"))
    return row if found is None else {**row, "members": found}


async def lists(run: Run) -> AsyncIterator[Batch]:
    """Lists of To Do and plans of Planner."""
    places: list[Place] = []
    for row in await listing(run, run.ask.get("/me/todo/lists", top=MANY)) or []:
        found = of.task_list(row, run.world)
        if found is not None and run.wanted(found[0]):
            run.lists.append(found[1].id)
            places += [found[1]] if run.due or found[1].id not in run.where.lists else []
    for row in await listing(run, run.ask.get("/me/planner/plans")) or []:
        places += _plan(run, row)
    for row in await _assigned(run):
        places += _plan(run, row)
    if places:
        yield run.batch(Batch(places=tuple(places)))


def _plan(run: Run, row: Row) -> list[Place]:
    """Let a plan take part; its place where that is news."""
    found = of.plan(row, run.teams, run.world)
    if found is None or not run.wanted(found[0]) or found[1].id in run.plans:
        return []
    run.plans.append(found[1].id)
    return [found[1]] if run.due or found[1].id not in run.where.plans else []


async def _assigned(run: Run) -> list[Row]:
    """Plans in which the owner has a task: the list of plans does not name those of groups they are not in.

    They are looked for once an hour; in between those that are known are read all the same.
    """
    if not run.due:
        run.plans += [RemoteId(place) for place in run.where.plans if place not in run.plans]
        return []
    found: list[Row] = []
    rows = await listing(run, run.ask.get("/me/planner/tasks")) or []
    for id in dict.fromkeys(id for row in rows if (id := ident(row.get("planId")))):
        if f"{PLAN}/{id}" in run.plans:
            continue
        try:
            found.append(await run.get(run.ask.get(f"/planner/plans/{part(id)}")))
        except (Forbidden, Gone, Refused):
            continue
    return found


async def sections(run: Run) -> AsyncIterator[Batch]:
    """Sections of the owner's notebooks, once an hour."""
    if not run.due:
        return
    request = run.ask.get("/me/onenote/sections", top=MANY, expand="parentNotebook($select=id,displayName,isShared)")
    found = [each for row in await listing(run, request) or [] if (each := of.section(row, run.world))]
    wanted = [place for one, place in found if run.wanted(one)]
    run.where.sections = [place.id for place in wanted]
    if wanted:
        yield run.batch(Batch(places=tuple(wanted)))


def section_of(row: Row, run: Run) -> Place | None:
    """The section a page says it lies in, where the hourly listing did not name it yet."""
    found = of.section({**obj(row.get("parentSection")), "parentNotebook": row.get("parentNotebook")}, run.world)
    return found[1] if found is not None and run.wanted(found[0]) else None
