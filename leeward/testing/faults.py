"""What breaks: every answer becomes the right Trouble, and a lost answer never makes two of anything."""

from __future__ import annotations

import pytest

from leeward.errors import Conflict, Forbidden, Gone, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.model import Body, ItemType, Key, RemoteId
from leeward.ports import Can
from leeward.testing.abilities import create, finds, needs, posts, pulled, run, seed_some
from leeward.testing.harness import Break, Harness, How
from leeward.testing.mirror import Mirror

SURELY_NOT: dict[int, type[Trouble]] = {
    401: SignInNeeded,
    403: Forbidden,
    404: Gone,
    409: Conflict,
    422: Refused,
    429: TryLater,
}
"""Answers that say a write was not taken."""

UNCLEAN: tuple[How, ...] = ("lost", "cut", "empty")

UNCLEAR = (500, 502, 503, 504)

PAGE = b"<!DOCTYPE html><html><head><title>Sign in to this network</title></head></html>"


class Faults:
    """Mixed into `Contract`."""

    @pytest.mark.parametrize("status", sorted(SURELY_NOT))
    def test_a_refused_write_was_surely_not_taken(self, harness: Harness, status: int) -> None:
        """The outbox may keep it or fail it; it need not look for it."""
        with pytest.raises(SURELY_NOT[status]) as caught:
            write(harness, ready(harness), Break("answer", status, b'{"message":"no","errcode":"M_UNKNOWN"}', _JSON))
        assert caught.value.taken is False
        assert count(harness) == 0

    @pytest.mark.parametrize("status", UNCLEAR)
    def test_trouble_of_the_services_own_leaves_a_write_unclear(self, harness: Harness, status: int) -> None:
        """5xx may come after the work was done."""
        with pytest.raises(TryLater) as caught:
            write(harness, ready(harness), Break("answer", status))
        assert caught.value.taken is True

    def test_no_connection_means_not_taken(self, harness: Harness) -> None:
        """Sent again without looking."""
        with pytest.raises(TryLater) as caught:
            write(harness, ready(harness), Break("refused"))
        assert caught.value.taken is False
        assert count(harness) == 0

    @pytest.mark.parametrize("how", UNCLEAN)
    def test_an_unclean_answer_is_unsure_then_found_and_made_once(self, harness: Harness, how: How) -> None:
        """The worst bug of all: making it twice. A kind that can tell by itself may also answer cleanly."""
        needs(harness, Can.FIND_SENT)
        since = harness.clock.now()
        thread = ready(harness)
        assert _taken(harness, thread, Break(how))
        what = ItemType.TASK if Can.TASK_WRITE in harness.manifest.can else ItemType.MESSAGE
        found = run(finds(harness).find_sent(what, harness.place(what), thread, _KEY, since))
        assert found is not None
        assert count(harness) == 1

    @pytest.mark.parametrize("body", [PAGE, b"", b'[{"id": 1, "tit', b"\xff\xfe\x00", b"null", b"42", b"[" * 5000])
    def test_a_read_that_cannot_be_understood_says_so(self, harness: Harness, body: bytes) -> None:
        """A web page, nothing, half of an answer, noise: one sentence, and no item is touched."""
        seed_some(harness)
        mirror = pulled(harness)
        before = {name: dict(rows) for name, rows in mirror.rows.items()}
        harness.break_next(Break("answer", 200, body, _JSON), "read", 50)
        assert isinstance(_try_pull(mirror, harness), ServiceChanged | None)
        assert {name: dict(rows) for name, rows in mirror.rows.items()} == before
        assert mirror.gone == []

    @pytest.mark.parametrize("status", [403, 404, 500, 503])
    def test_a_failing_service_touches_no_item(self, harness: Harness, status: int) -> None:
        """Whatever listing fails, nothing is closed, hidden or deleted, and the next pull goes on."""
        seed_some(harness)
        mirror = pulled(harness)
        before = {name: dict(rows) for name, rows in mirror.rows.items()}
        for skipped in range(4):
            harness.break_next(Break("answer", status), "read", 1 + skipped)
            _try_pull(mirror, harness)
            harness.mend()
        assert {name: rows.keys() for name, rows in before.items()} == {n: r.keys() for n, r in mirror.rows.items()}
        assert mirror.gone == []
        seed_some(harness, 1)
        for _again in range(3):
            harness.advance(1)
            _try_pull(mirror, harness)
        whole = pulled(harness)
        assert mirror["messages"].keys() == whole["messages"].keys()
        assert mirror["tasks"].keys() == whole["tasks"].keys()


_JSON = (("content-type", "application/json"),)
_KEY = Key("lwfaultkey")
_TITLE = "Made once"


def ready(harness: Harness) -> RemoteId | None:
    """The thread a broken post goes to; None where tasks are made instead (or the place is flat)."""
    if Can.TASK_WRITE in harness.manifest.can:
        return None
    needs(harness, Can.POST, Can.THREADS)
    return harness.add_thread("Where the line goes")[0]


def write(harness: Harness, thread: RemoteId | None, fault: Break) -> None:
    """Make a task, or post a line where the kind makes none, broken by `fault`; raises what the connector raises."""
    harness.break_next(fault, "write")
    if Can.TASK_WRITE in harness.manifest.can:
        create(harness, _TITLE, Body(_TITLE), _KEY)
    else:
        run(posts(harness).post(harness.place(ItemType.MESSAGE), thread, Body(_TITLE), key=_KEY))


def count(harness: Harness) -> int:
    """How many of what `write` makes the service holds."""
    held = harness.tasks() if Can.TASK_WRITE in harness.manifest.can else harness.lines()
    return sum(_TITLE in (each.title or each.text) for each in held.values())


def _taken(harness: Harness, thread: RemoteId | None, fault: Break) -> bool:
    """Whether a broken write is said to have arrived, perhaps; a kind that made sure by itself raises nothing."""
    try:
        write(harness, thread, fault)
    except Trouble as trouble:
        return trouble.taken
    return True


def _try_pull(mirror: Mirror, harness: Harness) -> Trouble | None:
    try:
        run(mirror.pull(harness.connector()))
    except Trouble as trouble:
        return trouble
    return None
