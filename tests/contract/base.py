"""The harness every kind of ours stands on is the one that is shipped."""

from connectors.testing.harness import FakeHarness

__all__ = ["FakeHarness"]
