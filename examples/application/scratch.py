"""Leaves out 1 GiB of scratch memory. Run it with `interpose run -- python3 scratch.py`, then again with `--save-all`."""
import sys

import interpose

scratch = bytearray(1 << 30)
for start in range(0, len(scratch), 4096):
    scratch[start] = 1 + start // 4096 % 255
if "--save-all" not in sys.argv:
    interpose.exclude_memory(scratch)
result = interpose.checkpoint()
if result == interpose.RESTARTED:
    print("restarted: the scratch memory is", "full" if scratch[len(scratch) // 2] else "empty", flush=True)
else:
    print({interpose.ABSENT: "not under Interpose", interpose.RESUMED: "saved"}[result], flush=True)
