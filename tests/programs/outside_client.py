"""A program with a connection to the outside and an open file: outside_client.py [ADDRESS:]PORT GO FILE KIND. KIND is once (talks
before and after GO), always (talks all the time), full (sends what goes and reads nothing). Says what it finds."""

import errno
import os
import socket
import sys
import time

peer, go, path, kind = sys.argv[1:5]
connection = socket.create_connection((peer.rpartition(":")[0] or "127.0.0.1", int(peer.rpartition(":")[2])))
lines = open(path, buffering=64)


def talk(number):
    text = f"question {number};"
    connection.sendall(text.encode())
    answer = b""
    while not answer.endswith(b";"):
        part = connection.recv(1000)
        if not part:
            raise OSError(errno.EPIPE, "end")
        answer += part
    who, _, rest = answer.decode().partition(" ")
    if rest != text:
        print("WRONG", answer, flush=True)
    return who


if kind != "full":
    print("ANSWER", talk(0), flush=True)
else:
    connection.setblocking(False)
    try:
        while True:
            connection.send(b"x" * 65536)
    except BlockingIOError:
        pass
print("LINE", os.pread(lines.fileno(), 6, os.lseek(lines.fileno(), 6, os.SEEK_CUR) - 6).decode().strip(), flush=True)
print("READY", flush=True)
number = 1
try:
    while not os.path.exists(go):
        if kind == "always":
            talk(number)
            number += 1
        else:
            time.sleep(0.005)
    if kind != "full":
        print("ANSWER", talk(number), flush=True)
except OSError as error:
    print("LOST", errno.errorcode[error.errno], flush=True)
print("LINE", os.read(lines.fileno(), 6).decode().strip(), flush=True)
print("PASS outside", flush=True)
