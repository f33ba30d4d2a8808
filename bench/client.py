"""A small client that keeps its connections and asks again as soon as it is answered."""

import threading
import time
from http.client import HTTPConnection

from bench.installation import BROWSER
from bench.serving import HOST

HEADERS = {**BROWSER, "Accept-Encoding": "gzip"}
CONNECTIONS = 4


def fetch(connection: HTTPConnection, path: str) -> bytes:
    connection.request("GET", path, headers=HEADERS)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or response.headers["Content-Encoding"] != "gzip":
        raise RuntimeError(f"{path}: {response.status} {response.headers['Content-Encoding']}")
    return body


def requests_per_second(port: int, path: str, seconds: float) -> float:
    """What `CONNECTIONS` clients get, each asking again as soon as it is answered."""
    answered = [0] * CONNECTIONS
    begun = time.perf_counter()

    def ask(number: int) -> None:
        connection = HTTPConnection(HOST, port, timeout=30)
        while time.perf_counter() < begun + seconds:
            fetch(connection, path)
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
