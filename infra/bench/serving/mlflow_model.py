"""Saves the bench's net as an MLflow model: numpy only, the lightest a peer can be."""

import pathlib
import sys

import mlflow.pyfunc
import numpy as np

WIDTHS = [30, 64, 32, 1]


class Net(mlflow.pyfunc.PythonModel):
    def __init__(self, layers):
        self.layers = layers

    def predict(self, context, model_input, params=None):
        h = np.asarray(model_input, dtype=np.float32)
        for w, b in self.layers[:-1]:
            h = np.maximum(h @ w + b, 0)
        w, b = self.layers[-1]
        return (1 / (1 + np.exp(-(h @ w + b))))[:, 0]


def main():
    weights, target = map(pathlib.Path, sys.argv[1:3])
    lines = [np.array(line.split(","), dtype=np.float32) for line in weights.read_text().split()]
    layers = []
    for i, (a, b) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        layers.append((lines[2 * i].reshape(a, b), lines[2 * i + 1]))
    mlflow.pyfunc.save_model(target, python_model=Net(layers), pip_requirements=[])


main()
