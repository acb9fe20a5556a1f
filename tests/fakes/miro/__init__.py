"""A Miro of our own making: boards, items, tags and members, as far as tasks, notes and walls need them."""

from tests.fakes.miro.seed import make
from tests.fakes.miro.service import MiroFake

__all__ = ["MiroFake", "make"]
