"""Builds the three images, starts each in turn, and times the first answer. See run."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

WORK = pathlib.Path(sys.argv[1])
ROOT = pathlib.Path(sys.argv[2])
ROUNDS = int(sys.argv[3])
HERE = pathlib.Path(__file__).resolve().parent
MEMORY = 1024
WARM = 100
PREFIX = f"millrace-bench/coldstart-{os.getpid()}"
INVOKE = "/2015-03-31/functions/function/invocations"


def docker(*arguments):
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"docker {' '.join(arguments)}: {done.stderr or done.stdout}")
    return done.stdout.strip()


def build(side, dockerfile, *files):
    context = WORK / ("context-" + side)
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir()
    for name, source in files:
        (shutil.copytree if source.is_dir() else shutil.copy)(source, context / name)
    (context / "Dockerfile").write_text(dockerfile)
    docker("build", "-q", "-t", f"{PREFIX}:{side}", str(context))


JAVA = """FROM millrace/lambda-java:25
COPY bootstrap /var/runtime/bootstrap
RUN chmod 755 /var/runtime/bootstrap
COPY task/ /var/task/
ENV MILLRACE_SEALED=/var/task/model.sealed
{cache}
CMD ["io.millrace.inference.lambda.InferenceHandler::handleRequest"]
"""
PYTHON = """FROM millrace/debian:trixie
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 >/dev/null
COPY --from=millrace/lambda-java:25 /usr/local/bin/aws-lambda-rie /usr/local/bin/aws-lambda-rie
COPY site/ /var/task/
COPY handler.py model.onnx /var/task/
RUN python3 -m compileall -q -j 2 /usr/lib/python3.13 /var/task >/dev/null || true
WORKDIR /var/task
ENTRYPOINT ["/usr/local/bin/aws-lambda-rie", "/usr/bin/python3", "-m", "awslambdaric"]
CMD ["handler.handler"]
"""


class Function:
    def __init__(self, side, *options):
        self.id = docker("run", "-d", "-p", "127.0.0.1:0:8080", "-m", f"{MEMORY}m",
                         "-e", f"AWS_LAMBDA_FUNCTION_MEMORY_SIZE={MEMORY}", "-e", "MILLRACE_VERSION=1",
                         *options, f"{PREFIX}:{side}")
        self.url = "http://" + docker("port", self.id, "8080").splitlines()[0] + INVOKE
        end = time.monotonic() + 30
        while True:  # the emulator listens at once; the function starts with the first call
            try:
                urllib.request.urlopen(self.url.replace(INVOKE, "/"), timeout=5).read()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                if time.monotonic() > end:
                    raise SystemExit(docker("logs", self.id))
                time.sleep(0.05)

    def call(self, event):
        begun = time.perf_counter()
        with urllib.request.urlopen(self.url, data=event, timeout=60) as answer:
            body = answer.read()
        millis = (time.perf_counter() - begun) * 1000
        reply = json.loads(body)
        if reply.get("statusCode") != 200:
            raise SystemExit(f"{body}\n{docker('logs', self.id)}")
        return millis, json.loads(reply["body"])["predictions"][0]["score"]

    def megabytes(self):
        """Of all processes of the container but the emulator's."""
        script = "for p in /proc/[0-9]*; do case $(tr '\\0' ' ' <$p/cmdline 2>/dev/null) in" \
                 " /usr/local/bin/aws-lambda-rie*|sh*|'') ;; *) grep VmRSS $p/status;; esac; done"
        lines = docker("exec", self.id, "sh", "-c", script).splitlines()
        return sum(int(line.split()[1]) for line in lines) / 1024

    def close(self):
        docker("rm", "-f", self.id)


def train():
    """A run that ends in order leaves its classes, linked and profiled, in the cache."""
    function = Function("ours", "-e", "MILLRACE_AOT_TRAINING=/tmp/app.aot")
    try:
        for _ in range(20):
            function.call(EVENT)
        script = "for p in /proc/[0-9]*; do case $(tr '\\0' ' ' <$p/cmdline 2>/dev/null) in" \
                 " java*|/*/bin/java*) kill -TERM ${p#/proc/};; esac; done"
        docker("exec", function.id, "sh", "-c", script)
        end = time.monotonic() + 120
        size = -1
        while True:
            time.sleep(1)
            now = docker("exec", function.id, "sh", "-c", "stat -c %s /tmp/app.aot 2>/dev/null || echo 0")
            if int(now) > 0 and now == size:
                break
            size = now
            if time.monotonic() > end:
                raise SystemExit("no AOT cache: " + docker("logs", function.id))
        docker("cp", f"{function.id}:/tmp/app.aot", str(WORK / "app.aot"))
    finally:
        function.close()


def event():
    import random
    draw = random.Random(7)
    names = [f"x{i}" for i in range(30)]
    values = [round(draw.gauss(0, 1), 6) for _ in names]
    body = json.dumps({"dataframe_split": {"columns": names, "data": [values]}})
    return json.dumps({
        "version": "2.0", "rawPath": "/invocations", "isBase64Encoded": False, "body": body,
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": "/invocations"}, "requestId": "bench"},
    }).encode()


EVENT = event()
SIDES = {"ours": "ours-aot", "ours-without-cache": "ours", "python-onnxruntime": "python"}
try:
    boot = ROOT / "activities/src/main/resources/io/millrace/activities/image/bootstrap"
    build("ours", JAVA.format(cache=""), ("bootstrap", boot), ("task", WORK / "task"))
    train()
    build("ours-aot", JAVA.format(cache="COPY app.aot /var/task/app.aot"),
          ("bootstrap", boot), ("task", WORK / "task"), ("app.aot", WORK / "app.aot"))
    build("python", PYTHON, ("site", WORK / "site"), ("handler.py", HERE / "handler.py"),
          ("model.onnx", WORK / "package/model.onnx"))
    cold = {name: [] for name in SIDES}
    warm = {name: [] for name in SIDES}
    memory = {name: [] for name in SIDES}
    scores = {}
    for turn in range(ROUNDS + 1):
        for name, side in SIDES.items():
            function = Function(side)
            try:
                first, scores[name] = function.call(EVENT)
                times = [function.call(EVENT)[0] for _ in range(WARM)]
                if turn:  # the first round only warms the disk's cache
                    cold[name].append(first)
                    warm[name].extend(times)
                    memory[name].append(function.megabytes())
                print(f"{turn} {name}: first {first:.0f} ms, then {statistics.median(times):.1f} ms", file=sys.stderr)
            finally:
                function.close()
    if max(scores.values()) - min(scores.values()) > 1e-5:
        raise SystemExit(f"scores differ: {scores}")
finally:
    for side in SIDES.values():
        subprocess.run(["docker", "rmi", "-f", f"{PREFIX}:{side}"], capture_output=True)
middle = {name: statistics.median(values) for name, values in cold.items()}
p99 = {name: sorted(values)[min(len(values) - 1, int(len(values) * 0.99))] for name, values in warm.items()}
print(json.dumps({
    "bench": "coldstart",
    "unit": "ms of init and first answer",
    "less_is_better": True,
    "ours": round(middle["ours"], 1),
    "ours-without-cache": round(middle["ours-without-cache"], 1),
    "peers": {"python-onnxruntime": round(middle["python-onnxruntime"], 1)},
    "ratio": {"python-onnxruntime": round(middle["ours"] / middle["python-onnxruntime"], 3)},
    "warmP50": {name: round(statistics.median(values), 2) for name, values in warm.items()},
    "warmP99": {name: round(value, 2) for name, value in p99.items()},
    "megabytes": {name: round(statistics.median(values)) for name, values in memory.items()},
    "runs": ROUNDS,
}))
