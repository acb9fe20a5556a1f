"""A Basecamp of our own making: projects with their tools, as far as a workspace of threads needs them."""

from tests.fakes.basecamp.seed import make
from tests.fakes.basecamp.service import BasecampFake

__all__ = ["BasecampFake", "make"]
