"""Makes the table, runs both sides in turns, prints the JSON line. Arguments: WORK JAVA ROWS RUNS."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import numpy as np
import pandas as pd

work, java, rows, runs = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
here = pathlib.Path(__file__).parent
BLOCK = 250_000
SMALL = 600_000
SPEC = """\
model: bench
task: binary
data:
  source: {csv: %s}
  target: y
  id: id
  split: {kind: random, test: 20%%, validation: 10%%}
  expectations:
    - {column: id, not-null: true}
    - {column: n0, range: [-8, 8], on-break: drop}
    - {column: n1, not-null: true, on-break: drop}
    - {column: n2, range: [0, null], on-break: drop}
    - {column: c0, set: [a, b, c, d, e], on-break: drop}
    - {column: c1, regex: "k[0-9]+", on-break: drop}
"""


def table(count):
    """Twelve numbers, three categories, an e-mail, a card, an address of a network, id and target: 20 columns."""
    file = work / f"table-{count}.csv"
    if file.exists():
        return file
    random = np.random.default_rng(7)
    for start in range(0, count, BLOCK):
        n = min(BLOCK, count - start)
        columns = {"id": np.arange(start, start + n)}
        for i in range(12):
            values = np.round(random.standard_normal(n) * 2, 4)
            if i == 2:
                values = np.where(random.random(n) < 1e-4, -1.0, np.abs(values))
            columns[f"n{i}"] = np.where(random.random(n) < (0.02 if i > 3 else 1e-4), np.nan, values)
        columns["c0"] = random.choice(list("abcde"), n)
        columns["c1"] = np.char.add("k", random.integers(0, 200, n).astype(str))
        columns["c2"] = random.choice(["north", "south", "east", "west"], n)
        ids = columns["id"].astype(str)
        columns["contact"] = np.char.add(np.char.add("p", ids), "@mail.example.org")
        columns["host"] = [f"10.{a}.{b}.{c}" for a, b, c in random.integers(0, 256, (n, 3))]
        columns["card_number"] = [f"4{x:015d}" for x in random.integers(0, 10**15, n)]
        columns["y"] = (columns["n5"] > 0).astype(int) ^ (random.random(n) < 0.2)
        pd.DataFrame(columns).to_csv(file, mode="a", header=start == 0, index=False)
    return file


def run(command):
    """Seconds the side measured itself, and the greatest memory of its process in MB."""
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    # what was written before is on the disk: nobody waits for the other's files
    os.sync()
    process = subprocess.Popen(command(out), stdout=subprocess.PIPE, text=True)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command(out)[0]} ended with {status}: {text}")
    print(text.strip(), f"{usage.ru_maxrss / 1024:.0f} MB", file=sys.stderr, flush=True)
    return json.loads(text.strip().splitlines()[-1]), usage.ru_maxrss / 1024


def spec(file):
    described = work / f"{file.stem}.yaml"
    described.write_text(SPEC % file)
    return described


def ours(file):
    small = spec(table(SMALL))
    return lambda out: [
        java, "-Xmx512m", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
        "IngestBench", str(out), str(spec(file)), str(small)]


def peer(file):
    small = table(SMALL)
    return lambda out: [sys.executable, str(here / "peer.py"), str(file), str(out), str(small)]


memory = {}
for name, side in (("ours", ours), ("pandas-pandera", peer)):
    memory[name] = [round(run(side(table(rows // 5)))[1])]
seconds = {"ours": [], "pandas-pandera": []}
for i in range(runs):
    for name, side in (("ours", ours), ("pandas-pandera", peer)):
        answer, most = run(side(table(rows)))
        seconds[name].append(answer["seconds"])
        memory[name] = [memory[name][0], max([round(most), *memory[name][1:]])]
median = {name: statistics.median(times) for name, times in seconds.items()}
speed = {name: rows / time for name, time in median.items()}
print(json.dumps({
    "bench": "ingest", "unit": "rows/s", "ours": round(speed["ours"], 1),
    "peers": {"pandas-pandera": round(speed["pandas-pandera"], 1)},
    "ratio": {"pandas-pandera": round(speed["ours"] / speed["pandas-pandera"], 2)},
    "runs": runs, "rows": rows, "medianSeconds": {name: round(time, 1) for name, time in median.items()},
    "memoryRows": [rows // 5, rows], "memoryMb": memory}))
