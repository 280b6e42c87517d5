#!/usr/bin/python3
"""Measures Interpose against bare runs of the same programs in the same run.

    bench.py --out DIR [--runs N] [--work DIR] [ROW...]

Each row is measured at least five times; the table shows medians. Only tools of the base system are
used for comparison: dd, gzip and the program itself without Interpose.
"""
import argparse
import ctypes
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MIB = 1 << 20
GIB = 1 << 30


class Bench:
    def __init__(self, out, work, runs):
        self.interpose = str(out / "bin" / "interpose")
        self.guests = out / "tests" / "guests"
        self.programs = out / "tests" / "bench"
        self.work = work
        self.runs = runs
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(work), "LC_ALL": "C", "XDG_STATE_HOME": str(work / "state"),
        }
        self.rows = []

    # -- running things ---------------------------------------------------------------------

    def start(self, *words, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        return subprocess.Popen([str(word) for word in words], env=self.environment, cwd=self.work, **options)

    def call(self, *words):
        return subprocess.run([self.interpose, *map(str, words)], env=self.environment, cwd=self.work, check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout

    def status(self):
        return json.loads(self.call("status", "--json"))

    def wait_joined(self, pid):
        self.poll(lambda: self.ready(pid), f"process {pid} to join")

    def ready(self, pid):
        try:
            status = self.status()
        except subprocess.CalledProcessError:
            return False
        return status["phase"].lower() == "running" and any(p["pid"] == pid for p in status["processes"])

    @staticmethod
    def poll(condition, what, limit=60):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"bench: gave up waiting for {what}")
            time.sleep(0.0005)

    def run_program(self, *words, codec="auto"):
        """Starts a program with a coordinator of its own; returns it when it has joined."""
        process = self.start(self.interpose, "run", "--new-coordinator", "--codec", codec, "--", *words)
        self.wait_joined(process.pid)
        return process

    def checkpoint(self):
        """Makes a checkpoint; returns seconds from the request to the commit, and the report."""
        begin = time.monotonic()
        text = self.call("checkpoint", "--json")
        return time.monotonic() - begin, json.loads(text)

    @staticmethod
    def image_bytes(report):
        directory = Path(report["path"])
        return sum(file.stat().st_size for file in directory.iterdir())

    def end(self, process):
        process.kill()
        process.wait()
        subprocess.run([self.interpose, "quit"], env=self.environment, capture_output=True)
        shutil.rmtree(self.work / "state", ignore_errors=True)

    def restart(self, path, progress):
        """Restarts; returns seconds until the counter in the file `progress` moves, and the process."""
        seen = progress.read_bytes()
        begin = time.monotonic()
        process = self.start(self.interpose, "restart", path)
        self.poll(lambda: progress.read_bytes() != seen, "the restarted program")
        return time.monotonic() - begin, process

    # -- the table --------------------------------------------------------------------------

    def row(self, what, value, unit, bare=None, target=None, met=None):
        def text(number):
            return "-" if number is None else f"{number:.3g}" if abs(number) < 100 else f"{number:.0f}"
        ratio = f"{value / bare:.3f}" if bare else "-"
        verdict = "" if met is None else "yes" if met else "NO"
        self.rows.append((what, f"{text(value)} {unit}", f"{text(bare)} {unit}" if bare is not None else "-", ratio,
                          target or "-", verdict))
        print(f"  {what}: {text(value)} {unit}" + (f", bare {text(bare)} {unit}" if bare is not None else ""),
              file=sys.stderr, flush=True)

    def print_table(self):
        head = ("what", "interpose", "bare", "ratio", "target", "met")
        table = [head, *self.rows]
        widths = [max(len(row[i]) for row in table) for i in range(len(head))]
        for i, row in enumerate(table):
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
            if i == 0:
                print("|" + "|".join("-" * (width + 2) for width in widths) + "|")

    # -- rows -------------------------------------------------------------------------------

    def launch(self):
        """/bin/true with a coordinator running."""
        holder = self.run_program("/bin/sleep", "1000")
        bare, ours = [], []
        for _ in range(max(self.runs, 21)):
            for times, words in ((bare, ["/bin/true"]), (ours, [self.interpose, "run", "--", "/bin/true"])):
                begin = time.monotonic()
                self.start(*words).wait()
                times.append((time.monotonic() - begin) * 1000)
        self.end(holder)
        a, b = statistics.median(ours), statistics.median(bare)
        self.row("launch of /bin/true", a, "ms", b, "bare + 3 ms", a - b <= 3)

    def shell(self):
        """A loop of 300 commands in a shell: what fork and exec cost."""
        holder = self.run_program("/bin/sleep", "1000")
        loop = ["bash", "-c", "for i in $(seq 300); do /bin/true; done"]
        bare, ours = [], []
        for _ in range(max(self.runs, 11)):
            for times, words in ((bare, loop), (ours, [self.interpose, "run", "--", *loop])):
                begin = time.monotonic()
                self.start(*words).wait()
                times.append(time.monotonic() - begin)
        self.end(holder)
        a, b = statistics.median(ours), statistics.median(bare)
        self.row("shell loop of 300 /bin/true", a, "s", b, "ratio <= 1.5", a / b <= 1.5)

    def memory(self):
        """Private memory added to `sleep`, before and after its first checkpoint: pages of its own, not
        those of files, which all processes share."""
        def private(pid):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            return sum(int(n) for n in re.findall(r"^Anonymous:\s+(\d+)", text, re.M)) / 1024
        bare, before, after = [], [], []
        for _ in range(self.runs):
            process = self.start("/bin/sleep", "1000")
            self.poll(lambda: Path(f"/proc/{process.pid}/wchan").read_text() not in ("0", ""), "sleep")
            time.sleep(0.05)
            bare.append(private(process.pid))
            process.kill()
            process.wait()
            process = self.run_program("/bin/sleep", "1000")
            before.append(private(process.pid))
            self.checkpoint()
            after.append(private(process.pid))
            self.end(process)
        base, first, second = map(statistics.median, (bare, before, after))
        self.row("private memory before a checkpoint", first, "MiB", base, "bare + 0.3 MiB", first - base < 0.3)
        self.row("private memory after a checkpoint", second, "MiB", base, "bare + 1.5 MiB", second - base < 1.5)

    def overhead(self, what, program, target, *arguments, limit=1.01):
        bare, ours = [], []
        holder = self.run_program("/bin/sleep", "1000")
        for _ in range(max(self.runs, 7)):
            for times, prefix in ((bare, []), (ours, [self.interpose, "run", "--"])):
                process = self.start(*prefix, self.programs / program, *arguments, stdout=subprocess.PIPE)
                times.append(float(process.communicate()[0]))
        self.end(holder)
        a, b = statistics.median(ours), statistics.median(bare)
        self.row(what, a, "s", b, target, a / b < limit)

    def compute(self):
        """A loop of floating point and memory."""
        self.overhead("compute", "compute", "ratio < 1.01")

    def syscalls(self):
        """Calls that are not wrapped: getppid, read, write, lseek."""
        self.overhead("system calls", "syscalls", "ratio ~ 1")

    def sockets(self):
        """Socket calls: those that carry data, and those that make, ask, change and end connections."""
        self.overhead("send, recv, write, read", "socket_calls", "ratio ~ 1", "data")
        self.overhead("other socket calls", "socket_calls", "ratio < 1.03", "control", limit=1.03)

    def connections(self):
        """1,000 TCP connections with both ends in one process, unread bytes in each; bare: the same program without any."""
        results = {}
        for count in (0, 1000):
            pause, commit, restart = [], [], []
            for _ in range(self.runs):
                progress = self.work / "progress"
                progress.unlink(missing_ok=True)
                process = self.run_program(self.programs / "connections", progress, count)
                self.poll(lambda: progress.exists() and progress.read_bytes(), "the connections")
                self.checkpoint()
                seconds, report = self.checkpoint()
                commit.append(seconds * 1000)
                pause.append(report["pauseMicroseconds"] / 1000)
                pid = process.pid
                self.call("kill")
                process.wait()
                self.poll(lambda: self.is_gone(pid), "the process to be gone")
                seconds, process = self.restart(report["path"], progress)
                restart.append(seconds * 1000)
                self.call("kill")
                process.wait()
                self.poll(lambda: self.is_gone(pid), "the process to be gone")
                self.end(process)
            results[count] = [statistics.median(values) for values in (pause, commit, restart)]
        for what, value, bare in zip(("pause (drain and description)", "request to commit", "restart to progress (refill)"), results[1000], results[0]):
            self.row(f"1,000 TCP connections: {what}", value, "ms", bare)

    def sleep(self):
        """The smallest program: checkpoints and a restart of `sleep`."""
        first, second, pause, size, restart = [], [], [], [], []
        for _ in range(max(self.runs, 7)):
            process = self.run_program("/bin/sleep", "1000")
            first.append(self.checkpoint()[0] * 1000)
            seconds, report = self.checkpoint()
            second.append(seconds * 1000)
            pause.append(report["pauseMicroseconds"] / 1000)
            size.append(self.image_bytes(report) / 1024)
            path = report["path"]
            process.kill()
            process.wait()
            begin = time.monotonic()
            again = self.start(self.interpose, "restart", path)
            # Running: the process with the old number sleeps in its call again.
            self.poll(lambda: self.sleeps(process.pid), "sleep to go on")
            restart.append((time.monotonic() - begin) * 1000)
            os.kill(process.pid, signal.SIGKILL)
            self.end(again)
        self.row("sleep: first checkpoint", statistics.median(first), "ms", target="< 60 ms", met=statistics.median(first) < 60)
        self.row("sleep: second checkpoint", statistics.median(second), "ms", target="< 25 ms", met=statistics.median(second) < 25)
        self.row("sleep: pause", statistics.median(pause), "ms")
        self.row("sleep: image", statistics.median(size), "KiB", target="< 400 KB", met=statistics.median(size) * 1024 < 400e3)
        self.row("sleep: restart to running", statistics.median(restart), "ms", target="< 30 ms", met=statistics.median(restart) < 30)

    @staticmethod
    def sleeps(pid):
        try:
            # A restored call is nanosleep again or its continuation, restart_syscall.
            number = Path(f"/proc/{pid}/syscall").read_text().split()[0]
        except (OSError, IndexError):
            return False
        return number in ("35", "230", "219")

    def ballast(self, kind, mib, codec):
        """A program with that much memory; returns it and the file in which it counts."""
        progress = self.work / "progress"
        progress.unlink(missing_ok=True)
        process = self.run_program(self.programs / "ballast", kind, mib, progress, codec=codec)
        self.poll(lambda: progress.exists() and progress.read_bytes() != bytes(8), "the memory to be filled", 120)
        return process, progress

    def random(self):
        """1 GiB of random memory, codec none, against dd of as much to the same place."""
        pause, commit, restart, dd = [], [], [], []
        for _ in range(self.runs):
            os.sync()  # what others left to write must not be counted here
            begin = time.monotonic()
            subprocess.run(["dd", "if=/dev/zero", f"of={self.work}/dd", "bs=1M", "count=1024", "conv=fsync"],
                           check=True, capture_output=True)
            dd.append(time.monotonic() - begin)
            (self.work / "dd").unlink()
            process, progress = self.ballast("random", 1024, "none")
            shutil.rmtree(self.checkpoint()[1]["path"])
            os.sync()
            seconds, report = self.checkpoint()
            commit.append(seconds)
            pause.append(report["pauseMicroseconds"] / 1000)
            process.kill()
            process.wait()
            seconds, again = self.restart(report["path"], progress)
            restart.append(seconds * 1000)
            os.kill(process.pid, signal.SIGKILL)
            self.end(again)
        a, b = statistics.median(commit), statistics.median(dd)
        self.row("1 GiB random, none: pause", statistics.median(pause), "ms", target="< 40 ms", met=statistics.median(pause) < 40)
        self.row("1 GiB random, none: commit (bare: dd)", a, "s", b, "ratio < 1.2", a / b < 1.2)
        self.row("1 GiB random, none: restart to progress", statistics.median(restart), "ms", target="< 30 ms",
                 met=statistics.median(restart) < 30)

    def compressible(self):
        """1 GiB of compressible memory, zstd, against gzip -1 of the same bytes."""
        commit, size, gzip = [], [], []
        subprocess.run([self.programs / "ballast", "text", "1024", "-"], check=True, env=self.environment,
                       stdout=open(self.work / "text", "wb"))
        for _ in range(self.runs):
            if len(gzip) < 3:  # slow, and hardly varies
                begin = time.monotonic()
                subprocess.run(["gzip", "-1", "-c", self.work / "text"], check=True, stdout=open(self.work / "text.gz", "wb"))
                gzip.append(time.monotonic() - begin)
            process, _ = self.ballast("text", 1024, "zstd")
            seconds, report = self.checkpoint()
            commit.append(seconds)
            size.append(self.image_bytes(report) / MIB)
            self.end(process)
        packed = (self.work / "text.gz").stat().st_size / MIB
        a, b = statistics.median(commit), statistics.median(gzip)
        self.row("1 GiB compressible, zstd: commit (bare: gzip -1)", a, "s", b, "ratio < 0.125", a / b < 0.125)
        self.row("1 GiB compressible, zstd: size (bare: gzip -1)", statistics.median(size), "MiB", packed)
        for name in ("text", "text.gz"):
            (self.work / name).unlink()

    def zero(self):
        """1 GiB of zeros that were written: not stored."""
        size, commit = [], []
        for _ in range(self.runs):
            process, _ = self.ballast("zero", 1024, "auto")
            self.checkpoint()
            seconds, report = self.checkpoint()
            commit.append(seconds * 1000)
            size.append(self.image_bytes(report) / 1024)
            self.end(process)
        self.row("1 GiB of zeros: commit", statistics.median(commit), "ms")
        self.row("1 GiB of zeros: image", statistics.median(size), "KiB", target="not stored", met=statistics.median(size) < 1024)

    def reserved(self):
        """1 TiB of reserved address space."""
        size, commit = [], []
        for _ in range(self.runs):
            process, _ = self.ballast("reserved", 1024 * 1024, "auto")
            self.checkpoint()
            seconds, report = self.checkpoint()
            commit.append(seconds * 1000)
            size.append(self.image_bytes(report) / 1024)
            self.end(process)
        self.row("1 TiB reserved: commit", statistics.median(commit), "ms", target="as sleep", met=statistics.median(commit) < 25)
        self.row("1 TiB reserved: image", statistics.median(size), "KiB", target="as sleep", met=statistics.median(size) < 400)


    # Calls in which the trees of the benchmark wait: nanosleep, clock_nanosleep, wait4, restart_syscall.
    IDLE = ("35", "230", "61", "219")

    def tree(self, words, count):
        """Starts a tree of `count` processes; returns the first and the pids of all when they have joined and wait."""
        process = self.start(self.interpose, "run", "--new-coordinator", "--", *words)
        pids = []
        def joined():
            try:
                pids[:] = [p["pid"] for p in self.status()["processes"]]
            except subprocess.CalledProcessError:
                pass
            return len(pids) == count
        self.poll(joined, f"{count} processes to join")
        self.poll(lambda: all(map(self.is_idle, pids)), f"{count} processes to be idle")
        return process, pids

    @classmethod
    def is_idle(cls, pid):
        try:
            return Path(f"/proc/{pid}/syscall").read_text().split()[0] in cls.IDLE
        except (OSError, IndexError):
            return False

    @staticmethod
    def is_gone(pid):
        try:
            os.waitpid(pid, os.WNOHANG)  # orphans come to us
        except ChildProcessError:
            pass
        return not Path(f"/proc/{pid}").exists()

    def idle_tree(self, what, words, count, targets):
        """Checkpoints and restarts a tree whose processes do nothing."""
        first, second, pause, size, restart = [], [], [], [], []
        for _ in range(self.runs):
            process, pids = self.tree(words, count)
            first.append(self.checkpoint()[0])
            seconds, report = self.checkpoint()
            second.append(seconds)
            pause.append(report["pauseMicroseconds"] / 1000)
            size.append(self.image_bytes(report) / 1e6)
            self.call("kill")
            process.wait()
            self.poll(lambda: all(map(self.is_gone, pids)), "the processes to be gone")
            begin = time.monotonic()
            again = self.start(self.interpose, "restart", report["path"])
            self.poll(lambda: all(map(self.is_idle, pids)), "the tree to go on")
            restart.append(time.monotonic() - begin)
            self.call("kill")
            again.wait()
            self.poll(lambda: all(map(self.is_gone, pids)), "the processes to be gone")
            self.end(again)

        def row(name, values, unit, target=None, scale=1):
            value = statistics.median(values) * scale
            self.row(f"{what}: {name}", value, unit, target=target and f"< {target} {unit}", met=value < target if target else None)
        row("first checkpoint", first, "s")
        row("request to commit", second, "s", targets.get("commit"))
        row("pause", pause, "ms")
        row("restart to running", restart, "s", targets.get("restart"))
        row("image", size, "MB", targets.get("size"))
        row("image of each process", size, "kB", scale=1000 / count)

    def pythons(self):
        """32 idle python3 under one parent."""
        script = "import subprocess, sys, time; " \
                 "[subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)']) for _ in range(32)]; time.sleep(1000)"
        self.idle_tree("32 python3", ["/usr/bin/python3", "-c", script], 33,
                       {"commit": 0.36, "restart": 0.2, "size": 96})

    def processes(self):
        """25, 50, 100 and 200 idle processes under one shell: the cost of each must not grow with their number."""
        for count in (25, 50, 100, 200):
            script = f"for i in $(seq {count}); do sleep 1000 & done; wait"
            self.idle_tree(f"{count} sleep", ["bash", "-c", script], count + 1, {})


ROWS = ["launch", "shell", "memory", "compute", "syscalls", "sockets", "connections", "sleep", "random", "compressible", "zero", "reserved",
        "pythons", "processes"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the build output")
    parser.add_argument("--runs", type=int, default=5, help="measurements of each row, at least five")
    parser.add_argument("--work", type=Path, help="directory to work in; its file system is what is measured")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="some of: " + " ".join(ROWS))
    arguments = parser.parse_args()
    unknown = set(arguments.rows) - set(ROWS)
    if unknown:
        parser.error(f"no such row: {' '.join(sorted(unknown))}; there are: {' '.join(ROWS)}")
    work = Path(tempfile.mkdtemp(prefix="interpose-bench-", dir=arguments.work))
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: restored programs are not left to init
    bench = Bench(arguments.out.resolve(), work, max(arguments.runs, 5))
    try:
        for name in arguments.rows or ROWS:
            getattr(bench, name)()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    bench.print_table()


if __name__ == "__main__":
    main()
