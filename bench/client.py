"""A small client that keeps its connections and asks again as soon as it is answered."""

import threading
import time
from collections.abc import Mapping
from http.client import HTTPConnection

from bench.installation import BROWSER, OWN_FORM
from bench.serving import HOST

HEADERS = {**BROWSER, "Accept-Encoding": "gzip"}
CONNECTIONS = 4


def fetch(connection: HTTPConnection, path: str, headers: Mapping[str, str] = HEADERS) -> bytes:
    connection.request("GET", path, headers=dict(headers))
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or response.headers["Content-Encoding"] != "gzip":
        raise RuntimeError(f"{path}: {response.status} {response.headers['Content-Encoding']}")
    return body


def chosen(port: int) -> dict[str, str]:
    """The headers of a visitor who has said no to all that is not necessary."""
    connection = HTTPConnection(HOST, port, timeout=30)
    form = {**OWN_FORM, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/fi/cookies", "choice=necessary-only", headers=form)
    response = connection.getresponse()
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    connection.close()
    return {**HEADERS, "Cookie": cookie}


def requests_per_second(port: int, path: str, seconds: float, headers: Mapping[str, str] = HEADERS) -> float:
    """What `CONNECTIONS` clients get, each asking again as soon as it is answered."""
    answered = [0] * CONNECTIONS
    begun = time.perf_counter()

    def ask(number: int) -> None:
        connection = HTTPConnection(HOST, port, timeout=30)
        while time.perf_counter() < begun + seconds:
            fetch(connection, path, headers)
            answered[number] += 1
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not all(answered):
        raise RuntimeError(f"{path}: a client got no answer")
    return sum(answered) / (time.perf_counter() - begun)
