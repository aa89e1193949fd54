"""Seconds of one ZenML run of six empty steps, local orchestrator, caching off; argument: runs after one that warms up."""
import json
import logging
import sys
import time

from zenml import pipeline, step

logging.disable(logging.CRITICAL)


@step(enable_cache=False)
def empty(index: int) -> int:
    return index + 1


@pipeline(enable_cache=False)
def six():
    value = empty(0)
    for _ in range(5):
        value = empty(value)


seconds = []
for run in range(int(sys.argv[1]) + 1):
    begun = time.monotonic()
    six()
    if run:
        seconds.append(time.monotonic() - begun)
print(json.dumps(seconds))
