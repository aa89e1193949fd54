"""Lets an invoke cost what it must. What a function, its alias and its caller see stays as it is:

* The call that hands an invocation to a container is also the one that brings its answer, over a connection that is kept.
  LocalStack's own contract has the container send the log and the answer to LocalStack's gateway, as two more requests.
* Logs go to CloudWatch Logs with one call a second for each stream, not one for each invocation; each line keeps its time.
  Lines that are still to be written when their function and its group are deleted do not bring the group back.
* Counts go to CloudWatch with one call a second for each function, not with one or two for each invocation and a thread
  for each of these.
* An instance that is ended finishes its invocation first, as on AWS; LocalStack ends it at once and answers 500.
"""
import collections
import json
import logging
import socket
import threading
import time
from concurrent.futures import CancelledError

LOG = logging.getLogger(__name__)
EVERY_SECONDS = 1.0
CONNECT_TRIES = 6
ANSWER_SECONDS = 905  # the longest invocation there can be, and LocalStack's own five seconds more


def make_cheap():
    _answer_where_asked()
    _finish_before_the_end()
    _log_in_batches()
    _count_in_batches()


class Connection:
    """To the init program of one container, one invocation at a time."""

    def __init__(self, address, port):
        self.socket = self._connect(address, port)
        self.file = self.socket.makefile("rb")
        self.host = f"{address}:{port}"

    @staticmethod
    def _connect(address, port):
        for attempt in range(CONNECT_TRIES):
            try:
                connected = socket.create_connection((address, port), timeout=ANSWER_SECONDS)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connected
            except ConnectionError:
                if attempt == CONNECT_TRIES - 1:
                    raise
                time.sleep(0.1 * 2**attempt)

    def invoke(self, payload):
        """Whether the answer came with it, the log, whether it is an error, and the answer."""
        body = json.dumps(payload).encode()
        head = f"POST /invoke?answer=here HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body)
        status = self.file.readline()
        fields = {}
        while line := self.file.readline().rstrip():
            name, value = line.split(b":", 1)
            fields[name.lower()] = value.strip()
        if not status.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(f"invoke: {status!r} (expected: HTTP/1.1 200)")
        content = self.file.read(int(fields.get(b"content-length", 0)))
        if b"invocation-log" not in fields:
            return False, None, False, b""
        log = int(fields[b"invocation-log"])
        return True, content[:log].decode("utf-8", "replace"), fields[b"invocation-error"] == b"true", content[log:]

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for an answer
        except OSError:
            pass
        self.socket.close()


def _answer_where_asked():
    from localstack.services.lambda_.invocation.executor_endpoint import ExecutorEndpoint, Future
    from localstack.services.lambda_.invocation.lambda_models import InvocationResult

    shut = ExecutorEndpoint.shutdown

    def invoke(self, payload):
        if not self.container_address:
            raise ValueError("Container address not set, but got an invoke.")
        self.invocation_future = Future()
        self.logs = None
        connection = getattr(self, "connection", None)
        if connection is None:
            connection = self.connection = Connection(self.container_address, self.container_port)
        try:
            here, self.logs, is_error, answer = connection.invoke(payload)
        except (OSError, ValueError) as e:
            if self.invocation_future.cancelled():  # the container was taken away meanwhile
                raise CancelledError() from e
            connection.close()
            self.connection = None
            raise
        if not here:  # an init program that knows LocalStack's own contract only
            return self.invocation_future.result(timeout=ANSWER_SECONDS)
        return InvocationResult(payload["invoke-id"], answer, is_error=is_error, logs=self.logs)

    def shutdown(self):
        shut(self)
        if connection := getattr(self, "connection", None):
            connection.close()

    ExecutorEndpoint.invoke = invoke
    ExecutorEndpoint.shutdown = shutdown


def _finish_before_the_end():
    from localstack.services.lambda_.invocation.execution_environment import (
        ExecutionEnvironment,
        InvalidStatusException,
        RuntimeStatus,
    )

    ask, take, end = ExecutionEnvironment.invoke, ExecutionEnvironment.reserve, ExecutionEnvironment.stop

    def invoke(self, invocation):
        try:
            return ask(self, invocation)
        except BaseException:
            self.broken = True  # whoever ends it now is the one who asked
            raise

    def reserve(self):
        if getattr(self, "ending", False):
            raise InvalidStatusException(f"Execution environment {self.id} is being ended.")
        take(self)

    def stop(self):
        self.ending = True
        until = time.monotonic() + self.function_version.config.timeout + 1
        while self.status == RuntimeStatus.INVOKING and not getattr(self, "broken", False):
            if time.monotonic() > until:
                break
            time.sleep(0.005)
        end(self)

    ExecutionEnvironment.invoke = invoke
    ExecutionEnvironment.stop = stop
    ExecutionEnvironment.reserve = reserve


def _log_in_batches():
    from localstack.services.lambda_.invocation.logs import (
        QUEUE_SHUTDOWN,
        LogHandler,
        ServicePrincipal,
        connect_to,
        is_api_enabled,
    )
    from localstack.services.lambda_.invocation.models import lambda_stores

    def add_logs(self, item):
        if is_api_enabled("logs"):
            self.log_queue.put((int(time.time() * 1000), item))

    def run_log_loop(self, *args, **kwargs):
        functions = lambda_stores[self.role_arn.split(":")[4]][self.region].functions
        client = connect_to.with_assumed_role(
            region_name=self.region, role_arn=self.role_arn, service_principal=ServicePrincipal.lambda_
        ).logs
        more = True
        while more:
            batch = collections.defaultdict(list)
            entry = self.log_queue.get()
            self._shutdown_event.wait(EVERY_SECONDS)
            while True:
                if entry is QUEUE_SHUTDOWN:
                    more = False
                else:
                    at, item = entry
                    batch[item.log_group, item.log_stream] += [
                        {"timestamp": at, "message": line + "\n"} for line in item.logs.split("\n") if line
                    ]
                if self.log_queue.empty():
                    break
                entry = self.log_queue.get()
            for (group, stream), events in batch.items():
                try:
                    _put(client, functions, group, stream, sorted(events, key=lambda event: event["timestamp"]))
                except Exception as e:
                    LOG.warning("Error saving logs to group %s in region %s: %s", group, self.region, e)

    LogHandler.add_logs = add_logs
    LogHandler.run_log_loop = run_log_loop


def _put(client, functions, group, stream, events):
    def put():
        for start in range(0, len(events), 5_000):
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events[start : start + 5_000])

    try:
        put()
    except client.exceptions.ResourceNotFoundException:
        function = group.removeprefix("/aws/lambda/")
        if function != group and function not in functions:
            return  # the group went with its function, and these lines come late
        try:
            client.create_log_group(logGroupName=group)
        except client.exceptions.ResourceAlreadyExistsException:
            pass
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        put()


def _count_in_batches():
    from localstack.services.lambda_.invocation import version_manager
    from localstack.utils.cloudwatch import cloudwatch_util

    lock = threading.Lock()
    counts = collections.Counter()  # (account, region, function, second, metric) -> calls
    running = []

    def flush():
        while True:
            time.sleep(EVERY_SECONDS)
            with lock:
                batch = dict(counts)
                counts.clear()
            for (account, region, function, second, metric), calls in batch.items():
                try:
                    cloudwatch_util.connect_to(aws_access_key_id=account, region_name=region).cloudwatch.put_metric_data(
                        Namespace="AWS/Lambda",
                        MetricData=[
                            {
                                "MetricName": metric,
                                "Dimensions": [{"Name": "FunctionName", "Value": function}],
                                "Timestamp": second,
                                "Values": [1.0],
                                "Counts": [float(calls)],
                            }
                        ],
                    )
                except Exception as e:
                    LOG.info('Unable to put metric data for metric "%s" to CloudWatch: %s', metric, e)

    def record(metrics, function_name, account_id, region_name):
        if not cloudwatch_util.is_api_enabled("cloudwatch"):
            return
        with lock:
            for metric in metrics:
                counts[account_id, region_name, function_name, int(time.time()), metric] += 1
            if not running:
                running.append(threading.Thread(target=flush, name="lambda-counts", daemon=True))
                running[0].start()

    version_manager.record_cw_metric_invocation = lambda **of: record(["Invocations"], **of)
    version_manager.record_cw_metric_error = lambda **of: record(["Invocations", "Errors"], **of)
    start = version_manager.start_thread

    def start_thread(method, *args, name=None, **kwargs):
        if name and name.startswith("record-cloudwatch-metric"):
            return method()  # only counts now: no thread
        return start(method, *args, name=name, **kwargs)

    version_manager.start_thread = start_thread
