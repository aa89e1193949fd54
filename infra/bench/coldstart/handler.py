"""The peer: what one writes in an afternoon. Same graph, same event, same answer."""
import json

import numpy
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession("/var/task/model.onnx", options, providers=["CPUExecutionProvider"])


def handler(event, context):
    rows = json.loads(event["body"])["dataframe_split"]["data"]
    scores = session.run(["y"], {"x": numpy.asarray(rows, dtype=numpy.float32)})[0]
    predictions = [{"prediction": "1" if score[0] >= 0.5 else "0", "score": float(score[0])} for score in scores]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"id": context.aws_request_id, "predictions": predictions}),
    }
