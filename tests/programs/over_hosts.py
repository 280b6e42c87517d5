"""over_hosts.py GO: a connection to a program that ssh starts on node2; each line comes back reversed.

Says READY, goes on until the file GO is there, and prints what the other one said at its end, and its status.
"""
import os
import socket
import subprocess
import sys
import time


def serve(port):
    connection = socket.create_connection(("node1", port))
    while data := connection.recv(4096):
        connection.sendall(data[::-1])
    print("client on", os.uname().nodename, "has ended")
    sys.exit(7)


if len(sys.argv) > 2:
    serve(int(sys.argv[2]))
listener = socket.create_server(("0.0.0.0", 0))
words = ["ssh", "-n", "node2", "python3", os.path.abspath(sys.argv[0]), sys.argv[1], str(listener.getsockname()[1])]
client = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
connection, _ = listener.accept()
number = 0
while not os.path.exists(sys.argv[1]):
    message, answer = b"%07d" % number, b""
    connection.sendall(message)
    while len(answer) < len(message):
        part = connection.recv(len(message) - len(answer))
        assert part, f"the connection ended at {number}"
        answer += part
    assert answer[::-1] == message, (message, answer)
    if number == 10:
        print("READY", flush=True)
    number += 1
    time.sleep(0.01)
connection.close()
print(client.stdout.read().strip(), client.wait(), flush=True)
