"""The same with pandas and pandera: read, rules, personal data masked, Parquet, a profile. Prints seconds."""
import json
import re
import sys
import time

import pandas as pd
import pandera.pandas as pa

EMAIL = re.compile(r"[\w.%+'-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,24}")
CARD = re.compile(r"(?:\d[ -]?){12,18}\d")
IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
PHONE = re.compile(r"\+[1-9](?:[ ().\-/]{0,2}\d){6,14}")


def main(source, target):
    start = time.perf_counter()
    table = pd.read_csv(source)
    numbers = [c for c in table.columns if c.startswith("n")]
    schema = pa.DataFrameSchema(
        {
            "id": pa.Column(int, nullable=False),
            "n0": pa.Column(float, pa.Check.in_range(-8, 8), nullable=True),
            "n1": pa.Column(float, nullable=False),
            "n2": pa.Column(float, pa.Check.ge(0), nullable=True),
            "c0": pa.Column(str, pa.Check.isin(["a", "b", "c", "d", "e"])),
            "c1": pa.Column(str, pa.Check.str_matches(r"^k[0-9]+$")),
        }
    )
    broken = set()
    try:
        schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as e:
        broken = set(e.failure_cases["index"].dropna().astype(int))
    quarantine = table[table.index.isin(broken)]
    table = table[~table.index.isin(broken)].copy()
    personal = 0
    for column in table.columns:
        if table[column].dtype != object:
            continue
        text = table[column].astype(str)
        for pattern in (EMAIL, CARD, IP, PHONE):
            if text.str.fullmatch(pattern).mean() >= 0.2:
                table[column] = "***"
                personal += 1
                break
        else:
            for pattern in (EMAIL, CARD, PHONE):
                table[column] = table[column].str.replace(pattern, "***", regex=True)
    table.to_parquet(target + "/kept.parquet", compression="zstd")
    quarantine.to_parquet(target + "/quarantine.parquet", compression="zstd")
    profile = table.describe(include="all")
    quantiles = table[numbers].quantile([i / 10 for i in range(11)])
    counts = {c: table[c].value_counts().head(50) for c in table.columns if table[c].dtype == object}
    assert len(profile) and len(quantiles) and counts
    return {"seconds": time.perf_counter() - start, "quarantined": len(quarantine), "personal": personal}


main(sys.argv[3], sys.argv[2])
print(json.dumps(main(sys.argv[1], sys.argv[2])))
