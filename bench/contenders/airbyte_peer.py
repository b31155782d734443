"""PyAirbyte: a declarative source into its PostgreSQL cache. Runs in its own environment, without our code."""

import json
import os
import sys
import time
from pathlib import Path

# Otherwise it asks hosts of its makers before it starts.
os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1"}

import airbyte
from airbyte.caches import PostgresCache


def manifest(address, kinds):
    """Return the source as Airbyte's low-code framework describes one."""
    fields = {name: {"type": ["null", kind]} for name, kind in kinds.items()}
    next_link = "{{ response['d']['__next'] }}"
    paginator = {
        "type": "DefaultPaginator",
        "page_token_option": {"type": "RequestPath"},
        "pagination_strategy": {
            **{"type": "CursorPagination", "cursor_value": next_link},
            "stop_condition": "{{ not response['d'].get('__next') }}",
        },
    }
    retriever = {
        "type": "SimpleRetriever",
        "requester": {
            **{"type": "HttpRequester", "url_base": address + "/api/v1/{{ config['division'] }}/"},
            **{"path": "sync/Financial/TransactionLines", "http_method": "GET"},
            "request_parameters": {"$select": ",".join(kinds), "$filter": "Timestamp gt 0L"},
        },
        "record_selector": {
            **{"type": "RecordSelector"},
            "extractor": {"type": "DpathExtractor", "field_path": ["d", "results"]},
        },
        "paginator": paginator,
    }
    schema = {"type": "object", "properties": fields}
    stream = {
        **{"type": "DeclarativeStream", "name": "transaction_lines", "primary_key": ["ID"], "retriever": retriever},
        "schema_loader": {"type": "InlineSchemaLoader", "schema": schema},
    }
    return {
        **{"version": "6.0.0", "type": "DeclarativeSource", "streams": [stream]},
        "check": {"type": "CheckStream", "stream_names": ["transaction_lines"]},
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    }


def main(address, division, database, kinds, directory):
    """Load all lines and return what it took."""
    cache = PostgresCache(**database, schema_name="peer", cache_dir=Path(directory) / "cache")
    source = airbyte.get_source(
        "source-bench",
        config={"division": division},
        source_manifest=manifest(address, kinds),
        streams=["transaction_lines"],
    )
    started = time.monotonic()
    source.read(cache=cache, write_strategy="merge")
    return {"seconds": time.monotonic() - started}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
