"""What a model costs, in statements that no machine changes. See bench/ for seconds."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.dbt.project import run_dbt

pytestmark = pytest.mark.integration
#: model -> statements of building it once more, begin and commit and comments included.
STATEMENTS = {
    "stg_exact_online__journals": 9,
    "dim_journals": 12,
    "stg_exact_online__transaction_lines": 16,
    "int_gl_lines_summed": 10,
    "fct_gl_transaction_lines": 13,
    "fct_gl_balances": 13,
}


def test_building_a_model_again_takes_a_fixed_number_of_statements(warehouse, tmp_path):
    log = ["--log-path", str(tmp_path), "--log-level-file", "debug", "--log-format-file", "json"]
    run_dbt([*log, "run", "--select", *STATEMENTS], warehouse.target, warehouse.variables)
    events = [json.loads(line) for line in (tmp_path / "dbt.log").read_text("utf-8").splitlines()]
    sent = Counter(
        event["data"]["node_info"]["node_name"]
        for event in events
        if event["info"]["name"] == "SQLQuery" and event["data"].get("node_info", {}).get("node_name") in STATEMENTS
    )
    assert sent == STATEMENTS
