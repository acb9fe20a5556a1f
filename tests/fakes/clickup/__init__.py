"""A ClickUp of our own making: v2 tasks and comments, v3 chat and docs, as far as a workspace of threads needs them."""

from tests.fakes.clickup.seed import make
from tests.fakes.clickup.service import ClickUpFake

__all__ = ["ClickUpFake", "make"]
