"""numpy: BLAS threads, FFT, random generator state, memory-mapped and shared arrays."""
import os
import sys

import numpy as np

output, go = sys.argv[1], sys.argv[2]
limit = int(sys.argv[3]) if len(sys.argv) > 3 else None

random = np.random.default_rng(20240229)
size = 160
state = random.standard_normal((size, size))
mapped = np.memmap(output + ".map", dtype="int64", mode="w+", shape=(1 << 17,))
with open(output, "w") as file:
    step = 0
    while not os.path.exists(go) and step != limit:
        state = state @ random.standard_normal((size, size)) / size**0.5
        state /= np.abs(state).max()
        spectrum = np.abs(np.fft.rfft(state.ravel()))[:50].sum()
        # Shared with the file, so that what a killed run wrote later is already there: only look back.
        mapped[step] = random.integers(1 << 40)
        values = np.sort(random.integers(0, 1 << 50, 20000))
        # Few digits of what BLAS computed, for the order of its additions is its own business.
        file.write(f"step {step} {spectrum:.3e} {np.trace(state):.3f} {values[::997].sum()} {mapped[:step + 1].sum()}\n")
        file.flush()
        step += 1
    file.write(f"done {step}\n")
