"""Worker threads fed through queues, with locks, generators, big integers and a live heap."""
import hashlib
import os
import queue
import sys
import threading

output, go = sys.argv[1], sys.argv[2]
limit = int(sys.argv[3]) if len(sys.argv) > 3 else None
WORKERS = 6


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, (a + b) % (1 << 4000)


class Worker(threading.Thread):
    def __init__(self, number):
        super().__init__(name=f"worker-{number}", daemon=True)
        self.number = number
        self.jobs = queue.Queue()
        self.sequence = fibonacci()
        self.memory = {}
        self.local = threading.local()

    def run(self):
        self.local.state = hashlib.sha256(str(self.number).encode())
        while True:
            step, results = self.jobs.get()
            for _ in range(50):
                value = next(self.sequence)
                self.local.state.update(str(value % 1000003).encode())
            # Cycles, so that the collector has work too.
            node = {"step": step}
            node["self"] = node
            self.memory[step % 500] = [node, bytes(1000), str(value)]
            results.put((self.number, self.local.state.hexdigest()))


workers = [Worker(n) for n in range(WORKERS)]
for worker in workers:
    worker.start()
lock = threading.Condition()
ticks = 0


def tick():
    global ticks
    while True:
        with lock:
            lock.wait(0.01)
            ticks += 1


threading.Thread(target=tick, daemon=True).start()
with open(output, "w") as file:
    step = 0
    while not os.path.exists(go) and step != limit:
        results = queue.Queue()
        for worker in workers:
            worker.jobs.put((step, results))
        answers = sorted(results.get() for _ in workers)
        file.write(f"step {step} {hashlib.md5(repr(answers).encode()).hexdigest()}\n")
        file.flush()
        step += 1
    file.write(f"done {step}\n")
