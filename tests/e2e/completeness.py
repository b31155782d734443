"""Is the copy what Exact has? Compared with what the sandbox says of its own books."""

from __future__ import annotations

from exact_online import catalogue


def _path(name: str) -> str:
    return catalogue.endpoints()[name].path.replace("{division}/", "")


def live_rows(stack, code: int) -> dict[str, int]:
    """Return the live rows of each endpoint of an administration."""
    found = {}
    for endpoint in catalogue.endpoints().values():
        if endpoint.data_set not in (catalogue.CONTROL_TOTALS, catalogue.DELETIONS):
            (row,) = stack.sql(
                f"select count(*) from exact_raw.{endpoint.name} join exact_ops.administrations using "
                "(administration_id) where division_code = %s and deleted_at is null",
                code,
            )
            found[_path(endpoint.name)] = row[0]
    return found


def assert_copy_is_complete(stack, code: int) -> None:
    """Fail where an endpoint has more or fewer live rows than the sandbox, or the ledger another sum per account."""
    truth = stack.sandbox("GET", "truth")["administrations"][str(code)]
    rows = truth["rows_by_endpoint"]
    left_out = {
        _path(name)
        for (name,) in stack.sql(
            "select distinct endpoint from exact_ops.loads join exact_ops.administrations using (administration_id) "
            "where division_code = %s and outcome = 'skipped'",
            code,
        )
    }
    ours = live_rows(stack, code)
    assert ours == {path: 0 if path in left_out else rows[path] for path in ours}, code
    assert ledger(stack, code) == truth["by_period_account"], code


def ledger(stack, code: int) -> dict[str, str]:
    """Return {year|period|account: sum} of the ledger lines, as the sandbox writes it."""
    return dict(
        stack.sql(
            "select concat_ws('|', payload ->> 'FinancialYear', payload ->> 'FinancialPeriod', "
            "trim(payload ->> 'GLAccountCode')), to_char(sum((payload ->> 'AmountDC')::numeric), 'FM999999999990.00') "
            "from exact_raw.transaction_lines join exact_ops.administrations using (administration_id) "
            "where division_code = %s and deleted_at is null group by 1",
            code,
        )
    )
