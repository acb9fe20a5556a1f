"""A GitLab of our own making: REST v4 as far as a workspace of threads and tasks needs it."""

from tests.fakes.gitlab.seed import make
from tests.fakes.gitlab.service import GitLabFake

__all__ = ["GitLabFake", "make"]
