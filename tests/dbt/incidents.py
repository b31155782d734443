"""What happens to raw rows between two builds: books that break, a load that fails, a page that comes late."""

from __future__ import annotations

from tests.dbt import raw_rows

#: The administration whose books are broken.
BROKEN = 1000002


def fail_to_load(warehouse, code: int, endpoint: str) -> None:
    """Leave an import without a good end because of one endpoint, which says nothing about the others."""
    warehouse.connection.execute(
        "update exact_ops.administrations set status = 'failed', last_succeeded_at = null where administration_id = %s",
        (warehouse.ids[code],),
    )
    warehouse.connection.execute(
        "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, outcome, finished_at) "
        "values (%s, %s, 'any', 'test', 'snapshot', 'failed', %s)",
        (warehouse.ids[code], endpoint, raw_rows.LOADED_AT),
    )


def account_that_is_used(warehouse) -> dict:
    """Return the account of the first revenue in the books of the administration that is broken."""
    lines = warehouse.books[BROKEN].tables["sync/Financial/TransactionLines"].values()
    code = next(line["GLAccountCode"] for line in lines if line["Type"] == 20 and line["LineNumber"] == 1)
    accounts = warehouse.books[BROKEN].tables["sync/Financial/GLAccounts"].values()
    return next(account for account in accounts if account["Code"] == code)


def break_the_books(warehouse) -> None:
    """Raise one amount by a cent, as a garbled line would; strip a line of the same entry of entry, period and date;
    lose an account in use; fail to load the control totals."""
    ((line_id, entry_id),) = warehouse.rows(
        "select id, payload ->> 'EntryID' from exact_raw.transaction_lines "
        "where administration_id = %s and (payload ->> 'Type')::int = 20 order by id limit 1",
        warehouse.ids[BROKEN],
    )
    ((other_id,),) = warehouse.rows(
        "select id from exact_raw.transaction_lines "
        "where administration_id = %s and payload ->> 'EntryID' = %s and id <> %s order by id limit 1",
        *(warehouse.ids[BROKEN], entry_id, line_id),
    )
    a_cent_more = "jsonb_set(payload::jsonb, '{AmountDC}', to_jsonb((payload ->> 'AmountDC')::numeric + 0.01))"
    _send_again(warehouse, line_id, a_cent_more)
    _send_again(warehouse, other_id, "payload::jsonb - '{EntryID,FinancialYear,FinancialPeriod,Date}'::text[]")
    removed = warehouse.connection.execute(
        "delete from exact_raw.gl_accounts where administration_id = %s and id = %s",
        (warehouse.ids[BROKEN], account_that_is_used(warehouse)["ID"]),
    )
    assert removed.rowcount == 1
    fail_to_load(warehouse, BROKEN, "reporting_balances")


def _send_again(warehouse, line_id: str, payload: str) -> None:
    """Let a line of the administration that is broken come anew, its payload an expression over the one stored."""
    sent = warehouse.connection.execute(
        "update exact_raw.transaction_lines set loaded_at = clock_timestamp(), "
        f"load_id = (select max(load_id) from exact_ops.loads), payload = ({payload})::json "
        "where administration_id = %s and id = %s",
        (warehouse.ids[BROKEN], line_id),
    )
    assert sent.rowcount == 1


def bring_in_late(warehouse) -> str:
    """Change a row and date it before everything staged, as a page of a long load that is still under way."""
    ((load_id,),) = warehouse.rows(
        "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind) "
        "values (%s, 'transaction_lines', 'general_ledger', 'test', 'sync') returning load_id",
        warehouse.ids[1000003],
    )
    ((line_id,),) = warehouse.rows(
        "update exact_raw.transaction_lines set loaded_at = '2020-01-01', load_id = %s, "
        "payload = jsonb_set(payload::jsonb, '{Description}', '\"late\"')::json "
        "where (administration_id, id) = (select administration_id, id from exact_raw.transaction_lines "
        "where administration_id = %s and deleted_at is null order by id limit 1) returning id",
        load_id,
        warehouse.ids[1000003],
    )
    return line_id
