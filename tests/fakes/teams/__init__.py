"""A Microsoft Graph in one object: teams, chats, To Do, Planner, OneNote and presence."""

from tests.fakes.teams.seed import make
from tests.fakes.teams.service import TeamsFake

__all__ = ["TeamsFake", "make"]
