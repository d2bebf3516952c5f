"""The archive on a server of its own thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from localdigest.serve import Server


def running(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server
    server.close()
