"""MiniStack's Athena with what Millrace asks of it beyond MiniStack 1.5.33: Trino's functions as macros of the DuckDB that
runs the queries, the hidden column "$path", Parquet columns by their place, the bytes that were read as the bytes scanned,
folders of other hours left out, and a client request token that starts a query once. Read by ministack_balancer."""

import contextvars
import json
import os
import threading

import duckdb

from ministack.services import athena

MACROS = """
CREATE MACRO approx_distinct(x) AS approx_count_distinct(x);
CREATE MACRO approx_percentile(x, ranks) AS approx_quantile(x, CAST(ranks AS FLOAT[]));
CREATE MACRO array_join(l, mark) AS array_to_string(l, mark);
CREATE MACRO from_iso8601_timestamp(t) AS CAST(t AS TIMESTAMPTZ);
CREATE MACRO is_finite(x) AS isfinite(x);
CREATE MACRO json_extract_scalar(j, p) AS json_extract_string(j, substr(replace(replace(replace(replace(replace(replace(
    p, '~', '~0'), '/', '~1'), '["', '/'), '"]', ''), '\\"', '"'), '\\\\', '\\'), 2));
CREATE MACRO regexp_like(t, r) AS regexp_matches(t, r);
CREATE MACRO to_unixtime(t) AS epoch(t);
CREATE MACRO to_utf8(t) AS t;
CREATE MACRO width_bucket(x, edges) AS len(list_filter(edges, lambda e: e <= x));
"""
# what one query has read; a list, as the query runs in a thread that has a copy of the context
read = contextvars.ContextVar("read", default=None)
connect, relation = duckdb.connect, athena._table_relation
execute, start = athena._execute_query, athena._start_query_execution
# the engine's words for what DuckDB says
WORDS = {"Binder Error": "COLUMN_NOT_FOUND", "Parser Error": "SYNTAX_ERROR", "Catalog Error": "FUNCTION_NOT_FOUND",
         "Conversion Error": "INVALID_CAST_ARGUMENT", "Out of Memory Error": "EXCEEDED_LOCAL_MEMORY_LIMIT"}
tokens, lock = {}, threading.Lock()


class Counted:
    """A connection that knows Trino's functions and, when it is closed, how many bytes of files it has read."""

    def __init__(self, connection):
        self.connection = connection
        connection.execute("SET TimeZone = 'UTC'")
        for macro in MACROS.split(";\n"):
            if macro.strip():
                connection.execute(macro)
        connection.execute("CALL enable_logging('FileSystem')")

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def close(self):
        seen = read.get()
        if seen is not None:
            rows = self.connection.execute(
                "SELECT path, sum(bytes) FROM duckdb_logs_parsed('FileSystem') WHERE op = 'READ' GROUP BY 1").fetchall()
            seen.extend((path, int(size or 0)) for path, size in rows)
        self.connection.close()


def table_relation(table, files):
    rows = relation(table, files)
    storage = table.get("StorageDescriptor") or {}
    # files lie in /tmp/<folder of the query>/ as their objects do under the table's location
    root, location = "/".join(files[0].split("/")[:3]) + "/", storage["Location"].rstrip("/") + "/"
    path = f"replace(filename, '{root}', '{location}') AS \"$path\""
    parameters = (storage.get("SerdeInfo") or {}).get("Parameters") or {}
    if rows.startswith("read_parquet("):
        names = ""
        if parameters.get("parquet.column.index.access") == "true":
            names = " AS p(" + ", ".join('"' + c["Name"] + '"' for c in storage.get("Columns") or []) + ")"
            files = athena._sql_list([f for f in files if f.endswith(".parquet")])
            rows = f"read_parquet({files}, hive_partitioning = false)"
        return f"(SELECT *, {path} FROM {rows}{names})"
    if rows.startswith("(SELECT "):
        return rows.replace("(SELECT ", f"(SELECT {path}, ", 1)
    return rows


async def execute_query(query_id, *args, **kwargs):
    seen = []
    read.set(seen)
    await execute(query_id, *args, **kwargs)
    execution = athena._executions.get(query_id)
    if execution:
        kind, _, rest = execution["Status"]["StateChangeReason"].partition(": ")
        if kind in WORDS:
            word = "TABLE_NOT_FOUND" if rest.startswith("Table ") else WORDS[kind]
            execution["Status"]["StateChangeReason"] = f"{word}: {rest}"
        execution["Statistics"]["DataScannedInBytes"] = sum(size for _, size in seen)
        print("athena", query_id, execution["Status"]["State"], json.dumps(sorted(os.path.basename(p) for p, _ in seen)), flush=True)


def start_query_execution(data):
    token = data.get("ClientRequestToken")
    with lock:
        known = tokens.get(token)
        if token and known:
            if known[0] != data.get("QueryString"):
                return athena.error_response_json(
                    "InvalidRequestException", "Idempotent parameters do not match", 400)
            return athena.json_response({"QueryExecutionId": known[1]})
        answer = start(data)
        if token and answer[0] == 200:
            tokens[token] = (data.get("QueryString"), json.loads(answer[2])["QueryExecutionId"])
        return answer


duckdb.connect = lambda *args, **kwargs: Counted(connect(*args, **kwargs))
athena._table_relation, athena._execute_query = table_relation, execute_query
athena._start_query_execution = start_query_execution
athena._rewrite_s3_paths = lambda query: query  # a path is compared with, not read
