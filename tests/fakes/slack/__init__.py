"""A Slack of our own making: the Web API as far as a workspace of channels and threads needs it."""

from tests.fakes.slack.seed import make
from tests.fakes.slack.service import SlackFake

__all__ = ["SlackFake", "make"]
