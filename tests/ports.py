"""Ports for the servers that tests start."""

import secrets
import socket

# Below those that the system lends to clients: one of these would be taken by whoever connects next.
NOT_LENT = range(20_000, 32_000)


def free_port() -> int:
    while True:
        port = secrets.choice(NOT_LENT)
        with socket.socket() as listening:
            try:
                listening.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
