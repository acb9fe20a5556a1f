"""A Harness over a fake service: breaking and counting are the same for every kind."""

from __future__ import annotations

from urllib.parse import urlencode

from connectors.testing.service import Answer, Asked, FakeHttp, Fault, LostError, Service
from leeward.testing.harness import Break, Harness, On


class FakeHarness(Harness):
    """A kind's harness sets `http` (over its service) in `__init__`, with `manifest`, `clock` and `secret`."""

    http: FakeHttp

    def break_next(self, fault: Break, on: On, times: int = 1) -> None:
        """Answer the next requests of that sort with the fault."""
        held = self.http.read_faults if on == "read" else self.http.write_faults
        held.extend([_fault(fault)] * times)

    def mend(self) -> None:
        """Drop the faults that wait."""
        self.http.read_faults.clear()
        self.http.write_faults.clear()

    def urls(self) -> tuple[str, ...]:
        """Path and query of every request."""
        return tuple(f"{asked.path}?{urlencode(asked.query)}" for asked in self.http.asked)


def _fault(broken: Break) -> Fault:
    def act(service: Service, asked: Asked) -> Answer | None:
        if broken.how == "refused":
            raise LostError(arrived=False)
        if broken.how == "answer":
            return Answer(broken.status, broken.body, dict(broken.headers))
        answer = service.answer(asked)
        if broken.how == "lost":
            raise LostError(arrived=True)
        body = answer.body[: len(answer.body) // 2] if broken.how == "cut" else b""
        return Answer(answer.status, body, answer.headers)

    return act
