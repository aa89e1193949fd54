"""Drives both sides in turn, each in a process of its own per number of threads; the last line is JSON.

Arguments: work folder, our command line with THREADS for the number of threads.
"""

import json
import os
import statistics
import subprocess
import sys

import numpy

ROWS, HELD, COLUMNS = 200_000, 20_000, 30
ROUNDS = int(os.environ.get("ROUNDS", "5"))
EPOCHS = int(os.environ.get("EPOCHS", "5"))
WARM_UP = 1
work, ours = sys.argv[1], sys.argv[2:]

data = os.path.join(work, "data")
os.makedirs(data, exist_ok=True)
random = numpy.random.default_rng(7)
for name, rows in (("train", ROWS), ("held", HELD)):
    x = random.standard_normal((rows, COLUMNS), dtype="float32")
    # a product and a sum of some, with noise
    y = (x[:, 0] * x[:, 1] + x[:, 2] + 0.5 * random.standard_normal(rows) > 0).astype("float32")
    x.tofile(os.path.join(data, name + "-x.bin"))
    y.tofile(os.path.join(data, name + "-y.bin"))


def start(command, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


class Side:
    """One loop with one batch size and number of threads."""

    def __init__(self, name, process, words, batch, epochs):
        self.name, self.process, self.words, self.batch, self.epochs = name, process, words, batch, epochs
        self.rates, self.losses, self.checkpoints = [], [], 0

    def run(self, turn):
        words = f"{self.words} {self.batch} {self.epochs} {turn + 1}".strip()
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("seconds "):
                answer = line.split()
                break
        else:
            raise SystemExit(self.name + ": ended")
        rate = ROWS * self.epochs / float(answer[1])
        if turn >= WARM_UP:
            self.rates.append(rate)
            self.checkpoints += int(answer[5])
            if self.epochs == EPOCHS:
                self.losses.append(float(answer[3]))
        print(f"{'warm-up' if turn < WARM_UP else turn - WARM_UP + 1} {self.name} {rate:,.0f} rows/s,"
              f" held-out loss {float(answer[3]):.4f}", file=sys.stderr)


processes, sides = [], []
for threads in (1, 2):
    suffix = "" if threads == 1 else f"-t{threads}"
    mine = start([word.replace("THREADS", str(threads)) for word in ours] + [data, os.path.join(work, f"store-{threads}")],
                 threads)
    theirs = start([sys.executable, os.path.join(os.path.dirname(__file__), "peer.py"), data, str(threads)], threads)
    processes += [mine, theirs]
    for batch in (256, 4096):
        sides.append(Side(f"ours-b{batch}{suffix}", mine, "", batch, EPOCHS))
        sides.append(Side(f"pytorch-slices-b{batch}{suffix}", theirs, "slices", batch, EPOCHS))
        sides.append(Side(f"pytorch-fused-b{batch}{suffix}", theirs, "fused", batch, EPOCHS))
        if batch == 256:
            # three to ten times slower: one epoch is enough to time it
            sides.append(Side(f"pytorch-dataloader-b{batch}{suffix}", theirs, "dataloader", batch, 1))
for turn in range(WARM_UP + ROUNDS):
    for side in sides:
        side.run(turn)
for process in processes:
    process.stdin.close()
    process.wait()
rates = {side.name: statistics.median(side.rates) for side in sides}
print(json.dumps({
    "bench": "training",
    "unit": "rows/s",
    "ours": round(rates["ours-b256"], 1),
    **{name: round(rate, 1) for name, rate in rates.items() if name.startswith("ours-") and name != "ours-b256"},
    "peers": {name: round(rate, 1) for name, rate in rates.items() if name.startswith("pytorch")},
    "ratio": {name: round(rates["ours-b" + name.split("-b", 1)[1]] / rate, 3)
              for name, rate in rates.items() if name.startswith("pytorch")},
    "heldOutLoss": {side.name: [round(statistics.mean(side.losses), 4), round(statistics.pstdev(side.losses), 4)]
                    for side in sides if side.losses},
    "checkpoints": sum(side.checkpoints for side in sides),
    "epochs": EPOCHS,
    "runs": ROUNDS,
}))
