"""mpi4py_job.py GO: objects and arrays between the ranks of a job, until the file GO is there.

Point to point: a ring of pickled objects, buffers sent without waiting. Collectives: blocking, non-blocking, of objects and
of arrays, and on a part of the job. Every rank checks what it gets.
"""
import os
import sys

import numpy
from mpi4py import MPI

world = MPI.COMM_WORLD
rank, ranks = world.rank, world.size
after, before = (rank + 1) % ranks, (rank - 1) % ranks
half = world.Split(rank % 2, rank)


def array(number, source):
    return numpy.random.default_rng([number, source]).standard_normal(5_000)


def objects(number):
    world.send({"round": number, "from": rank, "text": "x" * number}, dest=after, tag=number % 1000)
    assert world.recv(source=before, tag=number % 1000) == {"round": number, "from": before, "text": "x" * number}
    assert world.bcast([number, "all"] if rank == 0 else None) == [number, "all"]
    assert world.gather((rank, number), root=1) == ([(r, number) for r in range(ranks)] if rank == 1 else None)
    assert world.alltoall([(rank, r) for r in range(ranks)]) == [(r, rank) for r in range(ranks)]
    assert half.allreduce(rank) == sum(r for r in range(ranks) if r % 2 == rank % 2)


def arrays(number):
    mine, got = array(number, rank), numpy.empty(5_000)
    requests = [world.Irecv(got, before), world.Isend(mine, after)]
    total = numpy.empty(5_000)
    requests.append(world.Iallreduce(mine, total))
    everybody = [array(number, r) for r in range(ranks)]
    MPI.Request.Waitall(requests)
    assert (got == everybody[before]).all()
    assert numpy.allclose(total, sum(everybody))
    parts = numpy.empty((ranks, 100))
    world.Allgather(mine[:100], parts)
    assert (parts == [part[:100] for part in everybody]).all()


number = 0
while world.bcast(not os.path.exists(sys.argv[1]) if rank == 0 else None):
    objects(number)
    arrays(number)
    if rank == 0 and number == 0:
        print("READY", flush=True)
    number += 1
print(f"rank {rank} of {ranks} is content", flush=True)
world.Barrier()
