"""sqlite3 in the middle of a transaction. PAUSE (the file GO.pause) holds it there: what a program
does to its files after a checkpoint is not undone, so nothing may happen between that and the kill."""
import os
import sqlite3
import sys
import time

output, go = sys.argv[1], sys.argv[2]
limit = int(sys.argv[3]) if len(sys.argv) > 3 else None
pause = go + ".pause"
database = output + ".db"

connection = sqlite3.connect(database, isolation_level=None)
connection.execute("PRAGMA cache_size = 20")  # so that uncommitted pages spill to the file
connection.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, step INTEGER, body TEXT)")
connection.execute("CREATE INDEX by_step ON entries (step)")
state = 12345
with open(output, "w") as file:
    step = 0
    while not os.path.exists(go) and step != limit:
        if step % 7 == 0:
            connection.execute("BEGIN IMMEDIATE")
        for _ in range(40):
            state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            connection.execute("INSERT INTO entries (step, body) VALUES (?, ?)", (step, f"{state:020d}" * 8))
        if step % 7 == 3 and os.path.exists(pause):
            open(pause + ".reached", "w").close()
            while os.path.exists(pause):
                time.sleep(0.005)
        if step % 7 == 5:
            connection.execute("DELETE FROM entries WHERE step < ?", (step - 30,))
        if step % 7 == 6:
            connection.execute("ROLLBACK" if step % 3 == 0 else "COMMIT")
        count, total = connection.execute("SELECT count(*), sum(substr(body, 1, 6)) FROM entries").fetchone()
        file.write(f"step {step} {count} {total}\n")
        file.flush()
        step += 1
    if connection.in_transaction:
        connection.execute("COMMIT")
    check = connection.execute("PRAGMA integrity_check").fetchone()[0]
    file.write(f"integrity {check}\ndone {step}\n")
connection.close()
