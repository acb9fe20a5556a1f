"""Hrefs: one spelling, one origin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.caldav.api.paths import below, is_loopback, object_path, one_spelling, origin, resolve

ASKED = "https://dav.example.org/sam/tasks/"


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/sam/tasks/a%40b.ics", "/sam/tasks/a@b.ics"),
        ("/sam/tasks/a@b.ics", "/sam/tasks/a@b.ics"),
        ("/sam/tasks/a b.ics", "/sam/tasks/a%20b.ics"),
        ("/sam/tasks/%c3%a9.ics", "/sam/tasks/%C3%A9.ics"),
        ("/sam/tasks/é.ics", "/sam/tasks/%C3%A9.ics"),
        ("/sam/tasks/a%2Fb.ics", "/sam/tasks/a%2Fb.ics"),
        ("/sam/tasks/%FF.ics", "/sam/tasks/%FF.ics"),
        ("b.ics", "/sam/tasks/b.ics"),
        ("https://DAV.example.org:443/sam/x", "/sam/x"),
    ],
)
def test_every_spelling_becomes_one(href: str, path: str) -> None:
    assert resolve(href, ASKED) == ("https://dav.example.org", path)


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "mailto:a@b", "/%2e%2e/etc", "http://[bad", "/" + "x" * 5000, "/a//b"]
)
def test_nonsense_is_no_path(href: str) -> None:
    assert resolve(href, ASKED) is None


@given(st.text())
def test_no_href_raises_and_one_spelling_is_stable(href: str) -> None:
    place = resolve(href, ASKED)
    if place:
        assert one_spelling(place[1]) == place[1]


def test_an_origin_is_scheme_host_and_port_and_only_real_loopback_is_loopback() -> None:
    assert origin("https://dav.example.org:8443/x") == "https://dav.example.org:8443"
    assert origin("ftp://dav.example.org") == ""
    assert origin("http://[::1]:5232/") == "http://[::1]:5232"
    assert is_loopback("http://127.0.0.1:5232")
    assert is_loopback("http://localhost")
    assert not is_loopback("http://127.0.0.1.example.org")


def test_below_is_right_inside() -> None:
    assert below("/sam/tasks/a.ics", "/sam/tasks/")
    assert not below("/sam/tasks/", "/sam/tasks/")
    assert not below("/sam/tasks/a/b.ics", "/sam/tasks/")
    assert not below("/eve/a.ics", "/sam/tasks/")
    assert object_path("/sam/tasks/", "lw/../x") == "/sam/tasks/lw%2F..%2Fx.ics"
