"""A peer outside of the computation: outside_server.py NAME KIND [ADDRESS], where KIND is echo, silent (never reads), endless
(sends for ever) or mute (reads and never answers). Prints its port."""

import socket
import sys
import threading

name, kind = sys.argv[1:3]


def serve(connection):
    try:
        if kind == "silent":
            threading.Event().wait()
        while True:
            if kind == "endless":
                connection.sendall(b"x" * 65536)
                continue
            data = connection.recv(65536)
            if not data:
                return
            if kind == "echo":
                connection.sendall(name.encode() + b" " + data)
    except OSError:
        pass


listener = socket.create_server((sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1", 0), backlog=64)
print("PORT", listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
