"""dlt: rest_api source, incremental merge into PostgreSQL. Runs in its own environment, without our code."""

import json
import os
import sys
import time

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
from dlt.sources.rest_api import rest_api_source

TYPES = {"string": "text", "integer": "bigint", "number": "double", "boolean": "bool"}


def main(address, division, database_url, kinds, directory, file_format=None):
    """Load all lines and return what it took."""
    lines = {
        "name": "transaction_lines",
        "primary_key": "ID",
        "write_disposition": "merge",
        "columns": {name: {"data_type": TYPES[kind], "nullable": True} for name, kind in kinds.items() if name != "ID"},
        "endpoint": {
            "path": "sync/Financial/TransactionLines",
            "data_selector": "d.results",
            "params": {"$select": ",".join(kinds), "$filter": "Timestamp gt {incremental.start_value}L"},
            "incremental": {"cursor_path": "Timestamp", "initial_value": "0"},
        },
    }
    client = {
        "base_url": f"{address}/api/v1/{division}/",
        "paginator": {"type": "json_link", "next_url_path": "d.__next"},
    }
    pipeline = dlt.pipeline(
        "bench", destination=dlt.destinations.postgres(database_url), dataset_name="peer", pipelines_dir=directory
    )
    started = time.monotonic()
    pipeline.run(rest_api_source({"client": client, "resources": [lines]}), loader_file_format=file_format)
    return {"seconds": time.monotonic() - started}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
