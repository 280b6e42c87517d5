"""multiprocessing with one of its start methods: Pool, Process with pipes, queues and locks, Manager,
shared memory and ProcessPoolExecutor. Called with METHOD DIRECTORY GO."""
import hashlib
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory


def digest(n):
    time.sleep(0.005)
    return hashlib.sha256(b"x" * n * 100).hexdigest()[:8]


def add(lock, total, queue, connection, name, index):
    """Adds under a lock to a shared number and to shared memory, and talks to the parent."""
    memory = shared_memory.SharedMemory(name=name)
    for i in range(100):
        with lock:
            total.value += i
            memory.buf[index] = (memory.buf[index] + 1) % 256
        queue.put((index, i))
        time.sleep(0.002)
    connection.send((index, connection.recv() * 2))
    memory.close()


def round(context):
    with context.Pool(4) as pool:
        a = pool.map(digest, range(200), chunksize=3)
        b = list(pool.imap_unordered(digest, range(100)))
    print("pool", hashlib.sha256("".join(a).encode()).hexdigest()[:16], sorted(b) == sorted(a[:100]))

    with ProcessPoolExecutor(3, mp_context=context) as executor:
        print("executor", list(executor.map(digest, range(100))) == a[:100])

    lock, total, queue = context.Lock(), context.Value("l", 0, lock=False), context.Queue()
    memory = shared_memory.SharedMemory(create=True, size=4096)
    children = []
    for index in range(4):
        ours, theirs = context.Pipe()
        child = context.Process(target=add, args=(lock, total, queue, theirs, memory.name, index))
        child.start()
        theirs.close()
        ours.send(index + 10)
        children.append((child, ours))
    items = [queue.get() for _ in range(400)]
    replies = [connection.recv() for _, connection in children]
    for child, _ in children:
        child.join()
    ordered = all([i for index, i in items if index == n] == list(range(100)) for n in range(4))
    print("processes", total.value, ordered, replies, list(memory.buf[:4]), [child.exitcode for child, _ in children])
    memory.close()
    memory.unlink()

    with context.Manager() as manager:
        numbers, squares, event = manager.list(), manager.dict(), manager.Event()
        for i in range(100):
            squares[i] = i * i
            numbers.append(i)
            time.sleep(0.002)
        event.set()
        print("manager", sum(squares.values()), len(numbers), event.is_set())
    sys.stdout.flush()


if __name__ == "__main__":
    method, directory, go = sys.argv[1:4]
    os.makedirs(directory, exist_ok=True)
    os.chdir(directory)
    while True:
        round(multiprocessing.get_context(method))
        if os.path.exists(go):
            break
    print("done")
