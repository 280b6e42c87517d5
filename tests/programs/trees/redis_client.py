"""A client of redis: PORT NAME. `listener` subscribes; any other name counts, stores and asks for
background saves over one connection and fails at the first answer that is not the expected one."""
import socket
import sys
import time

port, name = int(sys.argv[1]), sys.argv[2]
connection = socket.create_connection(("127.0.0.1", port))
stream = connection.makefile("rwb")


def read():
    line = stream.readline()
    kind, rest = line[:1], line[1:].strip()
    if kind == b"$":
        return stream.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
    if kind == b"*":
        return [read() for _ in range(int(rest))]
    if kind == b":":
        return int(rest)
    if kind not in b"+-" or not line:
        sys.exit(f"unexpected answer {line!r}")
    return rest


def call(*words):
    words = [str(word).encode() for word in words]
    stream.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    stream.flush()
    return read()


def expect(found, expected):
    if found != expected:
        sys.exit(f"{found!r} instead of {expected!r}")


if name == "listener":
    call("SUBSCRIBE", "end")
    print(read())
    sys.exit(0)

start = int(call("GET", f"count-{name}") or 0)
for i in range(start, start + 600):
    expect(call("INCR", f"count-{name}"), i + 1)
    expect(call("SET", f"{name}-{i}", f"value {i}" * 20), b"OK")
    expect(call("GET", f"{name}-{i}"), (f"value {i}" * 20).encode())
    if i % 200 == 0 and name == "a":
        answer = call("BGSAVE")
        if not answer.startswith((b"Background saving started", b"ERR Background save already in progress")):
            sys.exit(f"BGSAVE: {answer!r}")
    time.sleep(0.001)
while True:
    status = dict(line.split(b":", 1) for line in call("INFO", "persistence").split(b"\r\n") if b":" in line)
    if status[b"rdb_bgsave_in_progress"] == b"0":
        break
    time.sleep(0.01)
expect(status[b"rdb_last_bgsave_status"], b"ok")
expect(status[b"aof_last_write_status"], b"ok")
