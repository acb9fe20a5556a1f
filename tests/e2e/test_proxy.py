"""The proxy itself: it changes nothing until a trap springs, and a trap does what it says."""

from __future__ import annotations

from http.client import HTTPException

import pytest

from tests.e2e.caldav_servers import CalDav
from tests.e2e.plain_http import ask, basic
from tests.e2e.proxy import Moment, Seen, Trap, between

pytestmark = pytest.mark.e2e

_TODO = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//e2e//\r\nBEGIN:VTODO\r\nUID:%s\r\nDTSTAMP:20261102T090000Z\r\nSUMMARY:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("moment", "answered", "there"),
    [(Moment.BEFORE, False, 404), (Moment.WRITTEN, False, 200), (Moment.ANSWERED, True, 200)],
)
def test_a_trap_loses_the_answer_at_its_moment(radicale: CalDav, moment: Moment, answered: bool, there: int) -> None:
    headers = {**basic(radicale.user, radicale.password), "content-type": "text/calendar"}
    name = f"{moment.name.lower()}.ics"
    path = radicale.make_list(f"proxy-{moment.name.lower()}", "Proxy").removeprefix(radicale.url) + name
    sprung: list[str] = []
    with between(radicale.url) as proxy:
        trap = Trap("PUT", name, moment, lambda: sprung.append(name))
        proxy.traps.append(trap)
        try:
            got = ask("PUT", proxy.url + path, _TODO % name.encode(), headers).status == 201
        except (OSError, HTTPException):
            got = False
        assert trap.sprung.wait(5)
        assert (got, sprung) == (answered, [name])
        assert ask("GET", proxy.url + path, headers=headers).status == there
        assert proxy.seen[0] == Seen("PUT", path, None if moment is Moment.BEFORE else 201)
        assert ask("PUT", proxy.url + path, _TODO % name.encode(), headers).status in {201, 204}
        assert sprung == [name]  # once only
