"""Public pages through gunicorn, against a bare Flask view that returns the same bytes as a constant.

With a choice of cookies the bytes are those without a banner.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from http.client import HTTPConnection

from bench import bare
from bench.client import HEADERS, chosen, fetch, requests_per_second
from bench.installation import installation
from bench.measuring import Figure, compare
from bench.serving import HOST, serving

SECONDS = 0.8
ROUNDS = 9
WARM_UP_SECONDS = 0.5
NAMES = {"/fi/": "public_page.front", "/fi/privacy-notice": "public_page.privacy_notice"}


def figures() -> Iterator[Figure]:
    with installation() as made, serving("wsgi:app", {"PORTAL_INSTANCE": str(made.folder)}) as portal:
        visitors: dict[str, Mapping[str, str]] = {"": HEADERS, "_after_a_choice": chosen(portal)}
        for suffix, headers in visitors.items():
            connection = HTTPConnection(HOST, portal, timeout=30)
            for path in bare.PATHS:
                bare.file_of(made.folder, path).write_bytes(fetch(connection, path, headers))
            connection.close()
            with serving("bench.bare:create_app()", {bare.FOLDER: str(made.folder)}) as constant:
                for path in bare.PATHS:
                    for port in (portal, constant):
                        requests_per_second(port, path, WARM_UP_SECONDS, headers)
                    yield compare(
                        NAMES[path] + suffix,
                        "requests/s",
                        subject=partial(requests_per_second, portal, path, SECONDS, headers),
                        baseline=partial(requests_per_second, constant, path, SECONDS, headers),
                        rounds=ROUNDS,
                    )
