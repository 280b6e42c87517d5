"""One HTTP/2 connection for everything: http2_client.py PORT. For each line on standard input many requests at once, one line
of result on standard output."""

import socket
import sys

import h2.config
import h2.connection
import h2.events

STREAMS, LINES, BODY = 10, 3000, 40000

connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
http.initiate_connection()
expected = "".join(f"{i}\n" for i in range(1, LINES + 1)).encode()


def request(method, path, end):
    stream = http.get_next_available_stream_id()
    http.send_headers(stream, [(":method", method), (":path", path), (":scheme", "http"), (":authority", "localhost")], end_stream=end)
    return stream


for _ in sys.stdin:
    got, open_streams, unsent = {}, set(), {}
    for i in range(STREAMS):
        stream = request("GET", f"/{LINES}", True)
        got[stream] = (bytearray(), expected)
        stream = request("POST", "/", False)
        body = bytes([i + 1]) * BODY
        got[stream], unsent[stream] = (bytearray(), body), body
    open_streams.update(got)
    while open_streams:
        for stream, body in list(unsent.items()):
            room = min(http.local_flow_control_window(stream), http.max_outbound_frame_size, len(body))
            if room > 0:
                http.send_data(stream, body[:room], end_stream=room == len(body))
                unsent[stream] = body[room:]
                if not unsent[stream]:
                    del unsent[stream]
        connection.sendall(http.data_to_send())
        data = connection.recv(65536)
        if not data:
            sys.exit("the server has gone")
        for event in http.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                got[event.stream_id][0].extend(event.data)
                http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                open_streams.discard(event.stream_id)
    right = sum(bytes(found) == wanted for found, wanted in got.values())
    print(f"http2: {right} of {len(got)} answers are right", flush=True)
