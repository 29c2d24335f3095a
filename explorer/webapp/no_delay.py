"""Send responses without delay: TCP_NODELAY on the connections of Streamlit's server.

Streamlit binds the listening socket without naming the protocol, and asyncio sets TCP_NODELAY only on sockets that name
it. The head and the body of an answer are two small packets, of which the second then waits about 40 ms for the browser
to acknowledge the first (benchmarks/api.py).
"""

from __future__ import annotations

import socket
from asyncio import base_events


def send_at_once() -> None:
    """Make asyncio set TCP_NODELAY on every TCP connection that it accepts from now on."""
    base_events._set_nodelay = _set_no_delay  # type: ignore[attr-defined]


def _set_no_delay(connection: socket.socket) -> None:
    if connection.family in (socket.AF_INET, socket.AF_INET6) and connection.type == socket.SOCK_STREAM:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
