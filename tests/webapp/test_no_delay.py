"""TCP_NODELAY on connections to the server."""

import asyncio
import socket

from streamlit.web.server.starlette.starlette_server import _bind_socket

from explorer.webapp import server  # noqa: F401 - importing it is what sets the option
from tests.load.visitor import run


def test_accepted_connections_have_tcp_nodelay():
    found = []

    async def accept():
        def connected(_, writer):
            option = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            found.append(option)
            writer.close()

        listening = _bind_socket("127.0.0.1", 0, 1)
        async with await asyncio.start_server(connected, sock=listening):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            await reader.read()
            writer.close()

    run(accept())
    assert found == [1]
