"""A Zoom of our own making: Team Chat, presence and what is recorded, as far as a workspace needs it."""

from tests.fakes.zoom.seed import make
from tests.fakes.zoom.service import ZoomFake

__all__ = ["ZoomFake", "make"]
