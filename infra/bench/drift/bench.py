"""Drives our side and the peers in turn; the last line is JSON.

Arguments: work folder, rows, rounds, our command line.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import warnings

os.environ.setdefault("NML_DISABLE_USAGE_LOGGING", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
warnings.filterwarnings("ignore")
work, rows, rounds, ours = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
# minutes and gigabytes at a million rows; it is linear in rows, so its rate is taken from fewer
evidently_rows = int(os.environ.get("EVIDENTLY_ROWS", min(rows, 100_000)))
NUMBERS = [f"n{c}" for c in range(24)]
CATEGORIES = [f"c{c}" for c in range(6)]
tables = [os.path.join(work, name + ".parquet") for name in ("reference", "current")]

print(f"writing 2 x {rows:,} x 30", file=sys.stderr)
subprocess.run(ours + ["make", work, str(rows)], check=True, stdout=sys.stderr)
import pandas  # noqa: E402
import nannyml  # noqa: E402
from scipy import stats  # noqa: E402

process = subprocess.Popen(ours + ["serve", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def millrace():
    process.stdin.write("go\n")
    process.stdin.flush()
    seconds, drifted = process.stdout.readline().split()
    return rows / float(seconds), int(drifted)


def timed(check, count):
    start = time.perf_counter()
    drifted = check(count)
    return count / (time.perf_counter() - start), drifted


def read(count):
    frames = [pandas.read_parquet(table) for table in tables]
    return [frame.iloc[:count] if count < rows else frame for frame in frames]


def nannyml_check(count):
    reference, current = read(count)
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=NUMBERS + CATEGORIES, continuous_methods=["kolmogorov_smirnov"], categorical_methods=["chi2"],
        chunk_number=1)
    calculator.fit(reference)
    result = calculator.calculate(current).to_df()
    alerts = [column for column in result.columns if column[-1] == "alert"]
    return int(result[alerts].iloc[-1].sum())


def scipy_check(count):
    reference, current = read(count)
    drifted = 0
    for column in NUMBERS:
        drifted += stats.ks_2samp(reference[column].dropna(), current[column].dropna(), method="asymp").pvalue < 0.05
    for column in CATEGORIES:
        table = pandas.concat([reference[column].value_counts(), current[column].value_counts()], axis=1).fillna(0)
        drifted += stats.chi2_contingency(table.T, correction=False).pvalue < 0.05
    return int(drifted)


def evidently_check(count):
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=NUMBERS, categorical_columns=CATEGORIES)
    reference, current = (Dataset.from_pandas(frame, data_definition=definition) for frame in read(count))
    snapshot = Report([DataDriftPreset()]).run(current, reference)
    return int(snapshot.dict()["metrics"][0]["value"]["count"])


sides = {
    "ours": (lambda: millrace(), rounds, 3),
    "nannyml": (lambda: timed(nannyml_check, rows), rounds, 1),
    "scipy": (lambda: timed(scipy_check, rows), rounds, 1),
    "evidently": (lambda: timed(evidently_check, evidently_rows), min(2, rounds), 0),
}
rates = {name: [] for name in sides}
for name, (check, _, warm_ups) in sides.items():
    for _ in range(warm_ups):
        check()
for turn in range(rounds):
    for name, (check, most, _) in sides.items():
        if turn < most:
            rate, drifted = check()
            rates[name].append(rate)
            print(f"{turn + 1} {name} {rate:,.0f} rows/s, {drifted} columns drifted", file=sys.stderr)
process.stdin.close()
process.wait()
medians = {name: statistics.median(values) for name, values in rates.items()}
print(json.dumps({
    "bench": "drift",
    "unit": "rows/s",
    "ours": round(medians["ours"], 1),
    "peers": {name: round(rate, 1) for name, rate in medians.items() if name != "ours"},
    "ratio": {name: round(medians["ours"] / rate, 2) for name, rate in medians.items() if name != "ours"},
    "rows": rows,
    "evidentlyRows": evidently_rows,
    "runs": rounds,
}))
