"""Configuration from outside: each bad value is one sentence that names the field and shows no secret."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from psycopg.conninfo import conninfo_to_dict

from exact_online import environments, warehouse
from exact_online.cipher import Cipher
from exact_online.errors import ConfigError

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_each_environment_has_its_own_site():
    assert {name: environments.base_url_of(name) for name in environments.ENVIRONMENTS} == {
        "nl": "https://start.exactonline.nl",
        "be": "https://start.exactonline.be",
        "de": "https://start.exactonline.de",
        "fr": "https://start.exactonline.fr",
        "es": "https://start.exactonline.es",
        "uk": "https://start.exactonline.co.uk",
        "us": "https://start.exactonline.com",
    }


def test_a_base_url_attaches_another_server():
    assert environments.base_url_of("be", " http://127.0.0.1:8099/ ") == "http://127.0.0.1:8099"


@pytest.mark.parametrize(
    ("environment", "url"),
    [("xx", None), ("nl", "ftp://a"), ("nl", "start.exactonline.nl"), ("nl", "https://u:p@a"), ("nl", "https://a?b=c")],
)
def test_an_unknown_environment_or_address_is_refused(environment, url):
    with pytest.raises(ConfigError):
        environments.base_url_of(environment, url)


JSON = (
    '{"conn_type":"postgres","host":"h","port":5439,"login":"u","password":"p w","schema":"warehouse",'
    '"extra":{"sslmode":"require","cursor":"x"}}'
)
EXPECTED = {"host": "h", "port": "5439", "user": "u", "password": "p w", "dbname": "warehouse", "sslmode": "require"}


@pytest.mark.parametrize(
    "value", [JSON, "postgres://u:p%20w@h:5439/warehouse?sslmode=require&cursor=x"], ids=["json", "uri"]
)
def test_the_warehouse_is_read_from_both_forms_of_an_airflow_connection(value):
    assert conninfo_to_dict(warehouse.conninfo(value)) == EXPECTED


@pytest.mark.parametrize("value", ["", "  ", "{not json", "mysql://u:secret@h/x", '"secret"'])
def test_a_bad_warehouse_connection_names_the_variable_and_no_password(value):
    with pytest.raises(ConfigError, match="AIRFLOW_CONN_WAREHOUSE") as caught:
        warehouse.conninfo(value)
    assert "secret" not in str(caught.value)


def test_keys_rotate_the_first_encrypts_and_all_decrypt():
    ciphertext = Cipher(OLD).encrypt(b"pair")
    assert b"pair" not in ciphertext
    assert Cipher(f"{NEW}, {OLD}").decrypt(ciphertext) == b"pair"
    with pytest.raises(ConfigError, match="another key"):
        Cipher(NEW).decrypt(ciphertext)


def test_the_override_wins_over_airflows_key(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", OLD)
    monkeypatch.setenv("EXACT_ONLINE_FERNET_KEY", NEW)
    assert Cipher(NEW).decrypt(Cipher().encrypt(b"x")) == b"x"


@pytest.mark.parametrize("key", [None, "not-a-key"])
def test_a_missing_or_wrong_key_is_one_clear_sentence(monkeypatch, key):
    monkeypatch.delenv("AIRFLOW__CORE__FERNET_KEY", raising=False)
    monkeypatch.delenv("EXACT_ONLINE_FERNET_KEY", raising=False)
    with pytest.raises(ConfigError, match="EXACT_ONLINE_FERNET_KEY"):
        Cipher(key)
