"""PyTorch's side: reads "loop batch epochs seed" lines, trains that much from the start, answers like ours.

Arguments: the folder with the data, threads. Same net, start, learning rates and data as ours; nothing is
read back, checked or saved between steps.
"""

import math
import os
import sys
import time

import numpy
import torch
from torch.utils.data import DataLoader, TensorDataset

COLUMNS, RATE = 30, 0.001
folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)


def table(name):
    x = torch.from_numpy(numpy.fromfile(os.path.join(folder, name + "-x.bin"), "<f4").reshape(-1, COLUMNS))
    return x, torch.from_numpy(numpy.fromfile(os.path.join(folder, name + "-y.bin"), "<f4")).unsqueeze(1)


x, y = table("train")
held_x, held_y = table("held")
ROWS = len(x)


def net(fused):
    layers = torch.nn
    model = layers.Sequential(
        layers.Linear(COLUMNS, 64), layers.ReLU(), layers.Linear(64, 32), layers.ReLU(), layers.Linear(32, 1))
    for at in (0, 2, 4):
        layers.init.kaiming_normal_(model[at].weight) if at < 4 else layers.init.zeros_(model[at].weight)
        layers.init.zeros_(model[at].bias)
    return model, torch.optim.Adam(model.parameters(), lr=RATE, fused=fused), layers.BCEWithLogitsLoss()


def rate(done):
    return RATE * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))


def train(batches, batch, epochs, fused):
    model, optimizer, loss_of = net(fused)
    groups = optimizer.param_groups
    steps, step = epochs * math.ceil(ROWS / batch), 0
    for _ in range(epochs):
        for xb, yb in batches(batch):
            groups[0]["lr"] = rate(step / steps)
            optimizer.zero_grad()
            loss_of(model(xb), yb).backward()
            optimizer.step()
            step += 1
    return model


def slices(batch):
    order = torch.randperm(ROWS)
    # one gather an epoch, then views
    return zip(x[order].split(batch), y[order].split(batch))


def dataloader(batch):
    return DataLoader(TensorDataset(x, y), batch_size=batch, shuffle=True)


for line in sys.stdin:
    loop, batch, epochs, seed = line.split()
    torch.manual_seed(int(seed))
    began = time.perf_counter()
    model = train(dataloader if loop == "dataloader" else slices, int(batch), int(epochs), loop == "fused")
    seconds = time.perf_counter() - began
    with torch.no_grad():
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(held_x), held_y)
    print(f"seconds {seconds} loss {loss.item()} checkpoints 0", flush=True)
