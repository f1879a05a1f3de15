"""An Iceberg REST catalog on the loopback: the protocol's paths over a SQLite catalog, in a process of its own.

What a client of the protocol sees is as with any other: commits with requirements, 404 for what is not there, 409 for
what somebody else did first. `python -m tests.warehouse.rest_catalog PORT FOLDER`
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pydantic import TypeAdapter
from pyiceberg.catalog.rest import CreateTableRequest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import TableRequirement, TableUpdate

REQUIREMENTS = TypeAdapter(tuple[TableRequirement, ...])
UPDATES = TypeAdapter(tuple[TableUpdate, ...])
STATUS = {
    NoSuchTableError: (404, "NoSuchTableException"),
    NoSuchNamespaceError: (404, "NoSuchNamespaceException"),
    TableAlreadyExistsError: (409, "AlreadyExistsException"),
    NamespaceAlreadyExistsError: (409, "AlreadyExistsException"),
    CommitFailedException: (409, "CommitFailedException"),
}
ONE = threading.Lock()
"""A commit looks at the table and writes it: SQLite's own lock would let two look at the same state and one fail late."""


class Handler(BaseHTTPRequestHandler):
    """The few paths that a publisher and a reader need."""

    catalog: SqlCatalog
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer({})

    def do_HEAD(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        self.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def answer(self, body: Any) -> None:
        try:
            with ONE:
                code, found = 200, self.found(self.path.partition("?")[0].removeprefix("/v1/").split("/"), body)
        except tuple(STATUS) as error:
            code, kind = STATUS[type(error)]
            found = {"error": {"message": str(error), "type": kind, "code": code}}
        data = json.dumps(found).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def found(self, path: list[str], body: Any) -> Any:
        match [self.command, *path]:
            case [_, "config"]:
                return {"defaults": {}, "overrides": {}}
            case ["POST", "namespaces"]:
                self.catalog.create_namespace(tuple(body["namespace"]), body.get("properties", {}))
                return body
            case [_, "namespaces", name]:
                return {"namespace": [name], "properties": self.catalog.load_namespace_properties(name)}
            case ["POST", "namespaces", name, "tables"]:
                return self.created(name, CreateTableRequest.model_validate(body))
            case ["POST", "namespaces", name, "tables", table]:
                return self.committed((name, table), body)
            case [_, "namespaces", name, "tables", table]:
                return whole(self.catalog.load_table((name, table)))
        raise NoSuchTableError(f"no path {self.command} {path}")

    def created(self, namespace: str, wanted: CreateTableRequest) -> Any:
        make = self.catalog._create_staged_table if wanted.stage_create else self.catalog.create_table
        made = make(
            (namespace, wanted.name),
            wanted.table_schema,
            wanted.location,
            wanted.partition_spec or UNPARTITIONED_PARTITION_SPEC,
            wanted.write_order or UNSORTED_SORT_ORDER,
            wanted.properties,
        )
        return whole(made)

    def committed(self, identifier: tuple[str, str], body: Any) -> Any:
        named = SimpleNamespace(name=lambda: identifier)
        requirements = REQUIREMENTS.validate_python(body["requirements"])
        return whole(self.catalog.commit_table(named, requirements, UPDATES.validate_python(body["updates"])))

    def log_message(self, *args: Any) -> None:
        pass


def whole(table: Any) -> Any:
    metadata = json.loads(table.metadata.model_dump_json())
    return {"metadata-location": table.metadata_location, "metadata": metadata, "config": {}}


def main(port: str, folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    Handler.catalog = SqlCatalog("rest", uri=f"sqlite:///{folder}/rest.db", warehouse=f"file://{folder}")
    ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
