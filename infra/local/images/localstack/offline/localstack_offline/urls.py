"""A door of their own for function URLs, as they have one on AWS: a request goes from the thread of its connection straight
to LocalStack's own handler of function URLs. LocalStack's gateway, through which they come too, spends more time on finding
out which of a hundred services is asked than on the invoke.

Listens on the port OFFLINE_FUNCTION_URL_PORT; without that setting there is no such door. Requests need a Content-Length.
"""
import json
import logging
import os
import socketserver
import threading
from http.client import responses

LOG = logging.getLogger(__name__)
SETTING = "OFFLINE_FUNCTION_URL_PORT"
LINE = 65_536


def open_door():
    port = os.environ.get(SETTING, "").strip()
    if not port:
        return
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError(f"{SETTING}: {port} (expected: 1..65535)")
    doors = _Doors(("0.0.0.0", int(port)), _Door)
    threading.Thread(target=doors.serve_forever, name="function-urls", daemon=True).start()


class _Doors(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class _Door(socketserver.StreamRequestHandler):
    """One connection, whose requests come one after the other."""

    disable_nagle_algorithm = True

    def handle(self):
        try:
            while self.one():
                pass
        except OSError:
            pass  # the caller is gone

    def one(self):
        from werkzeug.datastructures import Headers

        head = self.rfile.readline(LINE).decode("latin-1").split()
        if len(head) != 3:
            return False
        headers = Headers()
        while line := self.rfile.readline(LINE).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers.add(name, value.strip())
        if "Transfer-Encoding" in headers:
            self.send(411, {}, b"", last=True)
            return False
        body = self.rfile.read(int(headers.get("Content-Length") or 0))
        last = headers.get("Connection", "").lower() == "close" or head[2] == "HTTP/1.0"
        self.send(*_answer(head[0], head[1], headers, body, self.client_address[0]), last=last)
        return not last

    def send(self, status, headers, body, last):
        lines = [f"HTTP/1.1 {status} {responses.get(status, '')}"]
        lines += [f"{k}: {v}" for k, v in headers.items() if k.lower() not in ("content-length", "connection")]
        lines += [f"Content-Length: {len(body)}", f"Connection: {'close' if last else 'keep-alive'}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body)


def _answer(method, target, headers, body, peer):
    """Status, headers and body; what the gateway makes of an exception is made here too."""
    from localstack.aws.api import ServiceException
    from localstack.http import Request
    from localstack.services.edge import ROUTER
    from werkzeug.exceptions import HTTPException

    path, _, query = target.partition("?")
    request = Request(method, path, headers, body, query_string=query, raw_path=path, remote_addr=peer)
    try:
        response = ROUTER.dispatch(request)
        return response.status_code, response.headers, response.get_data()
    except HTTPException as e:
        return e.code or 500, {}, json.dumps({"Message": e.description}).encode()
    except ServiceException as e:
        return e.status_code, {"x-amzn-ErrorType": e.code}, json.dumps({"Message": e.message}).encode()
    except Exception as e:
        LOG.warning("function URL %s%s: %s", request.host, target, e, exc_info=True)
        return 500, {}, json.dumps({"Message": f"exception while calling lambda: {e}"}).encode()
