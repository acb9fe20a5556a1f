"""The one door to the network: the only file that imports httpx."""

from __future__ import annotations

from leeward.errors import Conflict, Forbidden, Gone, Refused, ServiceChanged, SignInNeeded, TryLater
from leeward.wire import Request, Response


def settle(request: Request, response: Response) -> Response:
    """Let 2xx and what `request.expect` names through; raise every other status as our own error."""
    status = response.status
    if 200 <= status < 300 or status in request.expect:
        return response
    if status == 401:
        raise SignInNeeded("The service no longer accepts the token.", "Sign in again.")
    if status == 403:
        raise Forbidden("The service does not allow this.", "Ask for the right, or check the token's scopes.")
    if status in {404, 410}:
        raise Gone("It is not there, or not for this account.")
    if status in {409, 412}:
        raise Conflict("It changed since it was read.")
    if status == 429:
        raise TryLater("The service asks for a pause.", after_s=60.0, taken=False)
    if status >= 500:
        raise TryLater(f"The service has trouble of its own ({status}).", "Trying again later.")
    if 400 <= status < 500:
        raise Refused(f"The service refused this ({status}).")
    raise ServiceChanged(f"The service answered {status}, which was not expected.")
