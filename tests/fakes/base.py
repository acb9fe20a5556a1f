"""What every fake service is: one stateful object that answers, reached in process or over HTTP on loopback."""

from connectors.testing.service import (
    READS,
    Answer,
    Asked,
    FakeHttp,
    Fault,
    LostError,
    Service,
    always,
    lose_answer,
    never_connect,
)

__all__ = [
    "READS",
    "Answer",
    "Asked",
    "FakeHttp",
    "Fault",
    "LostError",
    "Service",
    "always",
    "lose_answer",
    "never_connect",
]
