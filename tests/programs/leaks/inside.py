"""A process inside that shares with another. Arguments: a directory, a TCP port, the go file of the test."""
import mmap
import os
import socket
import sys
import time

directory, port, go = sys.argv[1], int(sys.argv[2]), sys.argv[3]
tcp = socket.create_connection(("127.0.0.1", port))
unix = socket.socket(socket.AF_UNIX)
unix.connect(directory + "/socket")
fifo = os.open(directory + "/fifo", os.O_RDWR)
with open(directory + "/memory", "r+b") as file:
    memory = mmap.mmap(file.fileno(), 4096)
print("READY", flush=True)
while not os.path.exists(go):
    time.sleep(0.02)
