from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.chats import annotated_part, score
from leeward.work.context_lines import MINUTE, Line
from leeward.work.cut import LOOK_BACK, Cutter, cut, join, split
from tests.leeward.work.chat import messages
from tests.leeward.work.test_context import interleaved, say

CREW = ("ann", "bob", "cleo", "dan")


def chatter(count: int) -> list[Line]:
    return say(*((CREW[n % 4], f"{CREW[(n + 2) % 4]}: about topic{n % 2} part {n}") for n in range(count)), step=20_000)


def test_each_conversation_is_named_by_its_first_line() -> None:
    roots = cut(interleaved(), {})
    assert {id: roots[id] for id in ("i0", "i1", "i2", "i3")} == dict.fromkeys(("i0", "i1", "i2", "i3"), "i0")
    assert {roots[id] for id in ("n0", "n1", "n2")} == {"n0"}


def test_a_cut_scores_well_on_annotated_rooms() -> None:
    annotated = annotated_part(messages("ubuntu-dev.jsonl.gz"))
    rooms: dict[str, list[dict[str, object]]] = {}
    for message in annotated:
        rooms.setdefault(message["room"], []).append(message)
    found: dict[tuple[str, int], set[int]] = {}
    for room, said in rooms.items():
        lines = [
            Line(str(m["id"]), int(str(m["ts"])) * MINUTE, str(m["user"]), str(m["text"]), notice="system" in m)
            for m in said
        ]
        members: dict[str, set[int]] = {}
        roots = cut(lines, {})
        for id, root in roots.items():
            members.setdefault(root, set()).add(int(id))
        found.update({(room, int(id)): members[root] for id, root in roots.items()})
    assert score(annotated, found).f1 >= 82.5


def test_what_is_settled_is_neither_moved_nor_repeated() -> None:
    lines = interleaved()
    settled = dict.fromkeys((line.id for line in lines[:4]), "elsewhere")
    fresh = cut(lines, settled)
    assert set(fresh) == {line.id for line in lines[4:]}
    assert set(fresh.values()) <= {"elsewhere", *fresh}
    assert cut(lines, {**settled, **fresh}) == {}


def test_lines_that_come_one_by_one_stay_where_they_were_put() -> None:
    lines = chatter(160)
    settled: dict[str, str] = {}
    for end in range(1, len(lines) + 1):
        window = lines[max(0, end - 1 - LOOK_BACK) : end]
        settled.update(cut(window, settled))
    assert len(settled) == len(lines)
    assert all(settled[root] == root for root in settled.values())


def test_only_lines_before_decide() -> None:
    lines = chatter(60)
    whole = cut(lines, {})
    assert all(cut(lines[:end], {}).items() <= whole.items() for end in (1, 7, 30, 59))


def test_history_that_comes_late_joins_without_moving_anything() -> None:
    late = Line("late", -MINUTE, "maria", "tom: is the replica in Dublin lagging again? reports take ages")
    now = [
        Line("now", 0, "tom", "maria: yes the Dublin replica is lagging, looking at it"),
        Line("next", MINUTE, "maria", "tom: thanks"),
    ]
    settled = cut(now, {})
    assert settled == {"now": "now", "next": "now"}
    assert cut([late, *now], settled) == {"late": "now"}
    other = Line("other", -MINUTE, "zoe", "the lift is stuck on four")
    assert cut([other, *now], settled) == {"other": "other"}


def test_notices_and_real_threads_are_left_out() -> None:
    lines = [
        Line("a", 0, "x", "hello there, who has the key?"),
        Line("j", 1, "", "y joined", notice=True),
        Line("t", 2, "y", "x: me", thread="T"),
        Line("b", 3, "y", "x: me"),
    ]
    assert cut(lines, {}) == {"a": "a", "b": "a"}


def test_a_sure_reply_joins_across_anything() -> None:
    lines = [*interleaved(), Line("r", 10**9, "zoe", "oh dear", reply_to=("i1",))]
    assert cut(lines, {})["r"] == "i0"


def test_a_kept_cutter_gives_what_a_cut_gives() -> None:
    lines = chatter(300)
    cutter = Cutter()
    assert {line.id: cutter.push(line) for line in lines} == cut(lines, {})


def test_memory_does_not_grow_with_the_channel() -> None:
    cutter = Cutter()
    for n in range(3000):
        cutter.push(Line(str(n), n * MINUTE, f"guest{n}", f"word{n} guest{n - 1}: other{n}"))
    flow = cutter._flow
    held = (flow._by_id, flow._last, flow._called, flow._threads, flow._talks, flow._holds, flow._counts)
    assert max(len(kept) for kept in held) < 1500
    assert sum(1 for line in flow._recent if line.own is not None) == 0


def test_a_split_takes_the_line_and_what_answers_it() -> None:
    lines = say(
        ("ann", "bob: can you look at the invoice job?"),
        ("bob", "ann: yes, the invoice job waits for a lock"),
        ("cleo", "dan: did you book the room for thursday?"),
        ("bob", "ann: the invoice job runs again"),
        ("dan", "cleo: booked, room four, thursday at ten"),
        ("ann", "bob: thanks"),
    )
    assert split(lines, "m2") == ["m2", "m4"]
    assert split(lines, "m0") == []
    assert split(lines, "nobody") == []


def test_a_join_moves_the_younger_conversation() -> None:
    lines = say(*((name, "x") for name in "abcd"))
    assert join(lines[2:], lines[:2]) == ["m2", "m3"]
    assert join(lines, []) == []
    assert join(lines[:2], lines[:2]) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CREW), st.text(max_size=20), st.integers(0, 9)), max_size=25), st.data())
def test_any_part_may_be_settled(said: list[tuple[str, str, int]], data: st.DataObject) -> None:
    lines = [Line(f"m{n}", n * minutes * MINUTE, who, text) for n, (who, text, minutes) in enumerate(said)]
    ids = [line.id for line in lines]
    settled = {id: data.draw(st.sampled_from(ids)) for id in ids if data.draw(st.booleans())}
    fresh = cut(lines, settled)
    assert set(fresh) == set(ids) - set(settled)
    assert set(fresh.values()) <= set(ids)


def test_a_night_ends_a_conversation_but_for_who_is_spoken_to() -> None:
    night = 22 * 60 * MINUTE
    evening = say(
        ("lee", "the old build machines go off on friday"), ("maria", "lee: goodbye, noisy ones"), step=60_000
    )

    def morning(text: str) -> str:
        last = Line("morning", evening[-1].at + night, "maria", text)
        return cut([*evening, last], {})["morning"]

    assert morning("the build machines fail again, who can look?") == "morning"
    assert morning("lee: the old build machines are still on") == evening[0].id
