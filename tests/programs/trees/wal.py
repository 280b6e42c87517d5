"""sqlite3 in WAL mode from several processes: writers, a reader that wants to see each account balanced,
and one that checkpoints the log. Called with DIRECTORY GO."""
import os
import random
import sqlite3
import sys
import time

directory, go = sys.argv[1:3]
os.makedirs(directory, exist_ok=True)
path = os.path.join(directory, "data")


def connect():
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def write(index, count):
    connection, chance = connect(), random.Random(index)
    for i in range(count):
        connection.execute("BEGIN IMMEDIATE")
        amount, a, b = chance.randrange(100), chance.randrange(50), chance.randrange(50)
        connection.execute("UPDATE account SET balance = balance - ? WHERE id = ?", (amount, a))
        connection.execute("UPDATE account SET balance = balance + ? WHERE id = ?", (amount, b))
        connection.execute("INSERT INTO entry (writer, number, body) VALUES (?, ?, ?)", (index, i, f"{amount:05d}" * 50))
        connection.execute("COMMIT" if i % 5 else "ROLLBACK")
        time.sleep(0.002)


def read(count):
    connection = connect()
    for _ in range(count):
        total = connection.execute("SELECT sum(balance) FROM account").fetchone()[0]
        assert total == 5000, total
        time.sleep(0.002)


def move_log(count):
    connection = connect()
    for _ in range(count):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        time.sleep(0.02)


def start(work, *arguments):
    pid = os.fork()
    if pid == 0:
        work(*arguments)
        os._exit(0)
    return pid


setup = connect()
print(setup.execute("PRAGMA journal_mode = WAL").fetchone()[0])
setup.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER)")
setup.execute("CREATE TABLE entry (writer INTEGER, number INTEGER, body TEXT)")
setup.executemany("INSERT INTO account VALUES (?, 100)", [(i,) for i in range(50)])
setup.close()
while True:
    pids = [start(write, 1, 100), start(write, 2, 100), start(write, 3, 100), start(read, 150), start(move_log, 30)]
    print("statuses", [os.waitpid(pid, 0)[1] for pid in pids])
    connection = connect()
    print("balance", connection.execute("SELECT sum(balance) FROM account").fetchone()[0])
    print("entries", connection.execute("SELECT count(*), sum(number), count(DISTINCT body) FROM entry").fetchone())
    connection.execute("DELETE FROM entry")
    print("check", connection.execute("PRAGMA integrity_check").fetchone()[0])
    connection.close()
    sys.stdout.flush()
    if os.path.exists(go):
        break
print("done")
