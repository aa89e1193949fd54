"""The bench's net as a BentoML service: numpy only, one worker, the same bodies as the others."""

import os
import pathlib

import bentoml
import numpy as np

WIDTHS = [30, 64, 32, 1]


@bentoml.service(workers=1, traffic={"timeout": 60})
class Net:
    def __init__(self):
        text = pathlib.Path(os.environ["BENCH_WEIGHTS"]).read_text()
        lines = [np.array(line.split(","), dtype=np.float32) for line in text.split()]
        self.layers = []
        for i, (a, b) in enumerate(zip(WIDTHS, WIDTHS[1:])):
            self.layers.append((lines[2 * i].reshape(a, b), lines[2 * i + 1]))

    @bentoml.api(route="/invocations")
    def invocations(self, dataframe_split: dict) -> dict:
        h = np.asarray(dataframe_split["data"], dtype=np.float32)
        for w, b in self.layers[:-1]:
            h = np.maximum(h @ w + b, 0)
        w, b = self.layers[-1]
        return {"predictions": (1 / (1 + np.exp(-(h @ w + b))))[:, 0].tolist()}
