#!/usr/bin/python3
"""A hook of `interpose restart --hook`: connects to wherever the old peer of a connection is now.

The restart runs it once for each object that would be lost. It reads what the object was from standard input, as JSON,
and hands a file descriptor back over the unix socket INTERPOSE_HOOK_FD. Without an answer the restart does the usual.
RECONNECT_TO is HOST:PORT of the new server; a server that wants a greeting would get it here.
"""

import json
import os
import socket
import sys

what = json.load(sys.stdin)
if what["kind"] == "tcp":
    host, _, port = os.environ.get("RECONNECT_TO", what["peer"]).rpartition(":")
    connection = socket.create_connection((host.strip("[]"), int(port)), timeout=10)
    connection.settimeout(None)
    with socket.socket(fileno=int(os.environ["INTERPOSE_HOOK_FD"])) as restart:
        socket.send_fds(restart, [b"\0"], [connection.fileno()])
    print(f"{what['name']} is now {connection.getpeername()}", file=sys.stderr)
