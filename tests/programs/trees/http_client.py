"""A client of an HTTP server: PORT DIRECTORY COUNT. Asks for files of the directory over connections
that are kept for a while, and fails when an answer differs from the file."""
import http.client
import pathlib
import sys
import time

port, directory, count = int(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
files = {file.name: file.read_bytes() for file in sorted(directory.iterdir())}
names = list(files)
connection = http.client.HTTPConnection("127.0.0.1", port)
for i in range(count):
    name = names[i % len(names)]
    if i % 40 == 39:
        connection.close()
    connection.request("GET", f"/{name}")
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or body != files[name]:
        sys.exit(f"request {i} for {name}: status {response.status}, {len(body)} bytes instead of {len(files[name])}")
    time.sleep(0.002)
