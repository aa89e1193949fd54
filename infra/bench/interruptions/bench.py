"""Interrupts trainings at seeded random points and counts what they do twice; the last line is JSON.

Arguments: work folder, our command line. What is compared is when states are kept: the training, its process
and the moments of interruption are the same. Work lost is the training between the state that the next attempt
starts from and the interruption, in seconds of undisturbed training.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time

SEED = int(os.environ.get("SEED", "7"))
INTERRUPTIONS = int(os.environ.get("INTERRUPTIONS", "4"))
# a training some thirty times shorter than one of ten minutes; the cadence is shortened alike, from 30 s to 1 s
ROWS, EPOCHS, EVERY_MILLIS, NEVER_MILLIS = 200_000, 6, 1000, 86_400_000
work, command = sys.argv[1], sys.argv[2:]
store = os.path.join(work, "store")
subprocess.run(command + ["prepare", store, str(ROWS)], check=True, stdout=sys.stderr)


class Attempt:
    def __init__(self, run, every):
        self.process = subprocess.Popen(command + ["fit", store, run, str(every), str(EPOCHS)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # where it began, where it is: epochs
        self.began, self.at, self.started, self.end = None, 0.0, None, None

    def until(self, epochs):
        """Reads on to that many epochs, or to the end with None."""
        for line in self.process.stdout:
            word, _, value = line.strip().partition(" ")
            if word == "at":
                self.at = float(value)
                if self.at > 0 and self.began is None:
                    self.began, self.started = self.at, time.perf_counter()
            elif word in ("done", "interrupted"):
                self.end = word
            if epochs is not None and self.at >= epochs:
                return
        self.process.wait()

    def kill(self):
        self.process.kill()
        self.until(None)

    def notice(self):
        began = time.perf_counter()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.until(None)
        if self.end != "interrupted":
            raise SystemExit(f"a notice ended the attempt as {self.end}")
        return time.perf_counter() - began


calm = Attempt("calm", NEVER_MILLIS)
calm.until(EPOCHS - 1e-9)
per_epoch = (time.perf_counter() - calm.started) / (EPOCHS - calm.began)
calm.until(None)
print(f"undisturbed: {per_epoch:.2f} s an epoch", file=sys.stderr)

# name: cadence, keeps states, listens to notices
sides = {
    "ours": (EVERY_MILLIS, True, False),
    "ours-notice": (EVERY_MILLIS, True, True),
    "per-epoch-checkpoints": (NEVER_MILLIS, True, False),
    "restart-from-scratch": (NEVER_MILLIS, False, False),
}
draw = random.Random(SEED)
# each interruption comes at a share of the whole training, late enough that there is something to lose
moments = sorted(draw.uniform(0.1, 0.95) for _ in range(INTERRUPTIONS))
lost = {name: [] for name in sides}
leaving = []
for turn, moment in enumerate(moments):
    for name, (every, keeps, listens) in sides.items():
        run = f"{name}-{turn}"
        attempt = Attempt(run, every)
        attempt.until(moment * EPOCHS)
        if listens:
            leaving.append(attempt.notice())
        else:
            attempt.kill()
        heir = Attempt(run if keeps else run + "-again", every)
        heir.until(1e-9)
        # its first sample is at most some batches in
        lost[name].append(max(0.0, attempt.at - heir.began) * per_epoch)
        heir.kill()
        print(f"{turn + 1} {name}: stopped at epoch {attempt.at:.2f}, went on from {heir.began:.2f},"
              f" {lost[name][-1]:.2f} s lost", file=sys.stderr)
mean = {name: statistics.mean(values) for name, values in lost.items()}
peers = {name: round(value, 3) for name, value in mean.items() if not name.startswith("ours")}
print(json.dumps({
    "bench": "interruptions",
    "unit": "s lost per interruption",
    "less_is_better": True,
    "ours": round(mean["ours"], 3),
    "ours-notice": round(mean["ours-notice"], 3),
    "peers": peers,
    "ratio": {**{name: round(mean["ours"] / value, 3) for name, value in peers.items()},
              **{name + "-notice": round(mean["ours-notice"] / value, 3) for name, value in peers.items()}},
    "noticeToEndSeconds": round(max(leaving), 3),
    "epochSeconds": round(per_epoch, 2),
    "checkpointSeconds": EVERY_MILLIS / 1000,
    "seed": SEED,
    "runs": INTERRUPTIONS,
}))
