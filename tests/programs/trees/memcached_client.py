"""A client of memcached: PORT NAME. Fails at the first answer that is not the expected one."""
import socket
import sys
import time

port, name = int(sys.argv[1]), sys.argv[2]
stream = socket.create_connection(("127.0.0.1", port)).makefile("rwb")


def call(text, *expected):
    stream.write(text)
    stream.flush()
    for line in expected:
        found = stream.readline()
        if found != line + b"\r\n":
            sys.exit(f"{found!r} instead of {line!r} after {text[:40]!r}")


call(f"set count-{name} 0 0 1\r\n0\r\n".encode(), b"STORED")
for i in range(400):
    key, value = f"{name}-{i}".encode(), f"value {i} ".encode() * 100
    call(b"set %s 0 0 %d\r\n%s\r\n" % (key, len(value), value), b"STORED")
    call(b"get %s\r\n" % key, b"VALUE %s 0 %d" % (key, len(value)), value, b"END")
    call(f"incr count-{name} 1\r\n".encode(), b"%d" % (i + 1))
    time.sleep(0.001)
