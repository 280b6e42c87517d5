"""A process outside: has the other end of everything. Arguments: a directory. Prints its TCP port, lives until its input ends."""
import mmap
import os
import socket
import sys

directory = sys.argv[1]
tcp = socket.create_server(("127.0.0.1", 0))
unix = socket.socket(socket.AF_UNIX)
unix.bind(directory + "/socket")
unix.listen()
os.mkfifo(directory + "/fifo")
fifo = os.open(directory + "/fifo", os.O_RDWR)
with open(directory + "/memory", "wb") as file:
    file.write(bytes(4096))
with open(directory + "/memory", "r+b") as file:
    memory = mmap.mmap(file.fileno(), 4096)
print(tcp.getsockname()[1], flush=True)
ends = [tcp.accept(), unix.accept()]
print("connected", flush=True)
sys.stdin.read()
