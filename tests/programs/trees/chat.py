"""A chat: chat.py server PORT, or chat.py clients PORT COUNT. What one client says all hear, with asyncio. The clients stay
connected; for each line on standard input each of them says one thing, and when all have heard all there is one line on standard output."""

import asyncio
import sys

role, port = sys.argv[1], int(sys.argv[2])


async def serve():
    present = set()

    async def talk(reader, writer):
        present.add(writer)
        while line := await reader.readline():
            for other in present:
                other.write(line)
        present.discard(writer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port, backlog=300)
    await server.serve_forever()


async def hear(reader, count):
    return [await reader.readline() for _ in range(count)]


async def take_part(count):
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]

    # The last one has come in when all have heard it.
    clients[-1][1].write(b"all are here\n")
    await asyncio.gather(*(reader.readline() for reader, _ in clients))
    loop = asyncio.get_running_loop()
    rounds = 0
    while await loop.run_in_executor(None, sys.stdin.readline):
        rounds += 1
        said = {f"round {rounds} client {i}\n".encode() for i in range(count)}
        for (_, writer), text in zip(clients, sorted(said)):
            writer.write(text)
        heard = await asyncio.gather(*(hear(reader, count) for reader, _ in clients))
        wrong = [i for i, lines in enumerate(heard) if len(lines) != count or set(lines) != said]
        order = len({tuple(lines) for lines in heard})
        print(f"chat: {count} clients, {len(wrong)} have heard something else, in {order} order", flush=True)


asyncio.run(serve() if role == "server" else take_part(int(sys.argv[3])))
