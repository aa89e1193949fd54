"""Drives both sides, one epoch each in turn; prints the bench's JSON as its last line."""

import json
import os
import statistics
import subprocess
import sys
import time

import torch
from torch.utils.data import DataLoader, TensorDataset

ROWS, COLUMNS = 200_000, 30
ROUNDS = int(os.environ.get("ROUNDS", "7"))
WARM_UP = 2
torch.set_num_threads(1)
torch.set_num_interop_threads(1)
torch.manual_seed(7)
x = torch.randn(ROWS, COLUMNS)
y = ((x[:, 0] * x[:, 1] + x[:, 2] + 0.5 * torch.randn(ROWS)) > 0).float().unsqueeze(1)


def net():
    layers = torch.nn
    model = layers.Sequential(
        layers.Linear(COLUMNS, 64), layers.ReLU(), layers.Linear(64, 32), layers.ReLU(), layers.Linear(32, 1))
    return model, torch.optim.Adam(model.parameters(), lr=0.001), layers.BCEWithLogitsLoss()


def step(model, optimizer, loss_of, xb, yb):
    optimizer.zero_grad()
    loss = loss_of(model(xb), yb)
    loss.backward()
    optimizer.step()
    return loss


def slices(batch):
    model, optimizer, loss_of = net()
    began = time.perf_counter()
    order = torch.randperm(ROWS)
    xs, ys = x[order], y[order]
    for at in range(0, ROWS, batch):
        step(model, optimizer, loss_of, xs[at:at + batch], ys[at:at + batch])
    return time.perf_counter() - began


def dataloader(batch):
    model, optimizer, loss_of = net()
    began = time.perf_counter()
    for xb, yb in DataLoader(TensorDataset(x, y), batch_size=batch, shuffle=True):
        step(model, optimizer, loss_of, xb, yb)
    return time.perf_counter() - began


ours = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def millrace(batch):
    ours.stdin.write(f"{batch}\n")
    ours.stdin.flush()
    for line in ours.stdout:
        if line.startswith("seconds "):
            return float(line.split()[1])
    raise SystemExit("our side ended")


sides = {
    "ours-b256": lambda: millrace(256),
    "pytorch-slices-b256": lambda: slices(256),
    "pytorch-dataloader-b256": lambda: dataloader(256),
    "ours-b4096": lambda: millrace(4096),
    "pytorch-slices-b4096": lambda: slices(4096),
}
seconds = {name: [] for name in sides}
for turn in range(WARM_UP + ROUNDS):
    for name, run in sides.items():
        taken = run()
        if turn >= WARM_UP:
            seconds[name].append(taken)
        print(f"{'warm-up' if turn < WARM_UP else turn - WARM_UP + 1} {name} {taken:.3f} s", file=sys.stderr)
ours.stdin.close()
ours.wait()
rate = {name: ROWS / statistics.median(taken) for name, taken in seconds.items()}
peers = {name: round(value, 1) for name, value in rate.items() if name.startswith("pytorch")}
print(json.dumps({
    "bench": "training",
    "unit": "rows/s",
    "ours": round(rate["ours-b256"], 1),
    "ours-b4096": round(rate["ours-b4096"], 1),
    "peers": peers,
    "ratio": {name: round(rate["ours-b" + name.rsplit("-b", 1)[1]] / value, 3) for name, value in peers.items()},
    "runs": ROUNDS,
}))
