from __future__ import annotations

import http.client
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.base import Answer, Asked, lose_answer
from tests.fakes.serve import KINDS, Serving

ROOT = Path(__file__).resolve().parents[2]


class Echo:
    base = ""

    def __init__(self) -> None:
        self.held = 3

    def hold(self, asked: Asked) -> float:
        self.held -= 1
        return 5.0 if asked.path == "/wait" and self.held > 0 else 0.0

    def answer(self, asked: Asked) -> Answer:
        text = f"{asked.method} {asked.path} {asked.first('q')} {asked.body.decode()}"
        return Answer(204 if asked.path == "/empty" else 207, b"" if asked.path == "/empty" else text.encode())


def test_any_method_goes_through_and_the_connection_stays_open() -> None:
    with Serving(Echo()) as serving:
        connection = http.client.HTTPConnection("127.0.0.1", int(serving.base.rpartition(":")[2]), timeout=5)
        try:
            for method in ("GET", "PROPFIND", "REPORT", "PUT", "MKCALENDAR", "DELETE"):
                connection.request(method, "/a%20b?q=1", body=b"data")
                answer = connection.getresponse()
                assert (answer.status, answer.read()) == (207, f"{method} /a%20b 1 data".encode())
                socket = connection.sock
                assert socket is not None
            connection.request("GET", "/empty")
            assert connection.getresponse().read() == b""
            connection.request("GET", "/wait")
            assert connection.getresponse().read().startswith(b"GET /wait")
        finally:
            connection.close()


class Linking:
    base = ""

    def answer(self, asked: Asked) -> Answer:
        return Answer(200, self.base.encode())


def test_links_name_the_host_that_was_asked() -> None:
    with Serving(Linking()) as serving:
        connection = http.client.HTTPConnection("127.0.0.1", int(serving.base.rpartition(":")[2]), timeout=5)
        try:
            for host in ("localhost:8080", "127.0.0.1:9"):
                connection.request("GET", "/", headers={"Host": host})
                assert connection.getresponse().read().decode() == f"http://{host}"
        finally:
            connection.close()


def test_a_lost_answer_drops_the_connection() -> None:
    with Serving(Echo()) as serving:
        serving.fault = lose_answer
        connection = http.client.HTTPConnection("127.0.0.1", int(serving.base.rpartition(":")[2]), timeout=5)
        connection.request("POST", "/x", body=b"1")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
        connection.close()
        assert len(serving.asked) == 1


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_fake_starts_from_the_command_line(kind: str) -> None:
    command = [sys.executable, "-m", "tests.fakes", kind, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", said)
            assert found
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=5)
            connection.request("GET", "/")
            assert connection.getresponse().status < 500
            connection.close()
        finally:
            process.terminate()
            process.wait(5)
