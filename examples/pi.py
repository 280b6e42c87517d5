#!/usr/bin/python3
"""Computes digits of pi in several threads and writes them to a file as they come.

    pi.py FILE [DIGITS]

An ordinary program: nothing in it knows of checkpoints. One thread produces digits, one checks
each chunk of them against a second algorithm, one counts them, and one writes them.
"""
import collections
import os
import queue
import sys
import threading

CHUNK = 50
sys.set_int_max_str_digits(0)  # Python guards against long numbers, which are the point here


def digits():
    """The unbounded spigot of Gibbons: one decimal digit after the other, for ever."""
    q, r, t, k, n, l = 1, 0, 1, 1, 3, 3
    while True:
        if 4 * q + r - t < n * t:
            yield n
            q, r, n = 10 * q, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, k, n, l = (q * k, (2 * q + r) * l, t * l, k + 1,
                                (q * (7 * k + 2) + r * l) // (t * l), l + 2)


def machin(count):
    """The first digits at once: 16 arctan(1/5) - 4 arctan(1/239) in integers."""
    unity = 10 ** (count + 10)

    def arctan(inverse):
        term = unity // inverse
        total, divisor, sign = term, 3, -1
        while term:
            term //= inverse * inverse
            total += sign * (term // divisor)
            divisor, sign = divisor + 2, -sign
        return total

    return str((16 * arctan(5) - 4 * arctan(239)) // 10 ** 10)[:count]


def produce(count, checker, counter):
    source = digits()
    for _ in range(0, count, CHUNK):
        chunk = "".join(str(next(source)) for _ in range(CHUNK))
        checker.put(chunk)
        counter.put(chunk)
    checker.put(None)
    counter.put(None)


def check(source, target):
    """Passes on what is right; extends the reference as it goes."""
    position, reference = 0, ""
    while (chunk := source.get()) is not None:
        if position + CHUNK > len(reference):
            reference = machin(2 * (position + CHUNK))
        if reference[position:position + CHUNK] != chunk:
            print(f"the digits from {position} on are wrong", file=sys.stderr)
            os._exit(1)  # the other threads would wait for this one
        position += CHUNK
        target.put(chunk)
    target.put(None)


def count_digits(source, totals):
    while (chunk := source.get()) is not None:
        totals.update(chunk)


def write(source, path):
    with open(path, "w") as file:
        while (chunk := source.get()) is not None:
            file.write(chunk + "\n")
            file.flush()


def main():
    path = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    unchecked, checked, counted = queue.Queue(), queue.Queue(), queue.Queue()
    totals = collections.Counter()
    threads = [
        threading.Thread(target=produce, args=(count, unchecked, counted), name="produce"),
        threading.Thread(target=check, args=(unchecked, checked), name="check"),
        threading.Thread(target=count_digits, args=(counted, totals), name="count"),
        threading.Thread(target=write, args=(checked, path), name="write"),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("digits:", " ".join(f"{digit}:{totals[digit]}" for digit in sorted(totals)))


if __name__ == "__main__":
    main()
