"""Encrypt everything that is stored again, with the first of the keys; then the others can be forgotten.

Nothing is asked of Exact, and a secret is in memory only as long as its row is locked.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from exact_online.cipher import Cipher

#: Where secrets stand: table, key, columns.
SECRETS = (
    ("integrations", "integration_id", ("client_secret_ciphertext", "token_ciphertext")),
    ("pending_connections", "state_hash", ("client_secret_ciphertext",)),
)


def encrypt_again(connection: psycopg.Connection, cipher: Cipher) -> int:
    """Encrypt every secret anew and return how many. All or none: raises ConfigError where no key fits one."""
    done = 0
    with connection.transaction():
        for table, key, columns in SECRETS:
            done += sum(_column(connection, cipher, table, key, column) for column in columns)
    return done


def _column(connection: psycopg.Connection, cipher: Cipher, table: str, key: str, column: str) -> int:
    names = {"table": sql.Identifier("exact_ops", table), "key": sql.Identifier(key), "column": sql.Identifier(column)}
    # The lock a refresh takes: one that is under way is waited for, and its pair is encrypted, not the one before.
    select = sql.SQL("select {key}, {column} from {table} where {column} is not null for no key update")
    update = sql.SQL("update {table} set {column} = %s where {key} = %s")
    rows = connection.execute(select.format(**names)).fetchall()
    for id_, ciphertext in rows:
        connection.execute(update.format(**names), (cipher.encrypt(cipher.decrypt(ciphertext)), id_))
    return len(rows)
