from __future__ import annotations

import asyncio

import pytest

from connectors.paging import Walk, next_link, pages
from leeward.wire import Request, Response

HOME = "https://gitlab.example.org/api/v4/issues"


class Pages:
    def __init__(self, links: list[str]) -> None:
        self.links = links
        self.asked: list[str] = []

    async def send(self, request: Request) -> Response:
        self.asked.append(request.url)
        link = self.links[min(len(self.asked), len(self.links)) - 1]
        return Response(200, b"[]", {"link": link} if link else {}, request.url)


def walk(links: list[str], cap: int = 50) -> tuple[Walk, list[str]]:
    http, walked = Pages(links), Walk()

    async def work() -> None:
        async for _page in pages(http, Request("GET", HOME), walked, cap):
            pass

    asyncio.run(work())
    return walked, http.asked


def test_pages_are_followed_to_the_last() -> None:
    walked, asked = walk(
        [f'<{HOME}?page=2>; rel="next", <{HOME}?page=1>; rel="first"', f"<{HOME}?cursor=a,b;c>; rel=next", ""]
    )
    assert asked == [HOME, f"{HOME}?page=2", f"{HOME}?cursor=a,b;c"]
    assert walked == Walk(whole=True, pages=3)


@pytest.mark.parametrize(
    "link",
    [
        f'<{HOME}?page=2>; rel="next"',
        f'<{HOME}>; rel="next"',
        '<https://evil.example/api/v4/issues?page=2>; rel="next"',
        '<http://gitlab.example.org/api/v4/issues?page=2>; rel="next"',
        '<https://[::1/x>; rel="next"',
    ],
)
def test_a_loop_or_a_way_out_ends_the_walk_and_it_is_not_whole(link: str) -> None:
    walked, asked = walk([link])
    assert not walked.whole
    assert len(asked) <= 3
    assert all(url.startswith(HOME) for url in asked)


def test_endless_pages_end_at_the_cap() -> None:
    walked, asked = walk([f'<{HOME}?page={number}>; rel="next"' for number in range(2, 90)], cap=40)
    assert len(asked) == 40
    assert not walked.whole


def test_odd_link_headers_name_nothing() -> None:
    for link in ("", "next", "<>; rel=next", f"<{HOME}>", f'<{HOME}>; title="rel=next"', "<" * 9000):
        assert next_link(Response(200, b"", {"link": link}, HOME)) is None, link
