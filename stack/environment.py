"""The environment of every process of the stack: Airflow's configuration, the warehouse, the plugin's variables."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from stack import broker
from stack.settings import ADMIN, AUTH_MANAGERS, CELERY, ROOT, Settings, write_private


def stack_environment(settings: Settings) -> dict[str, str]:
    """Return the whole environment of a component: a little of ours on top of a clean copy of the caller's."""
    settings.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW_", "DBT_", "EXACT_ONLINE_", "PYTHON", "PG", "WAREHOUSE_"))
    }
    home = settings.directory / "home"
    home.mkdir(exist_ok=True)
    return {
        **inherited,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited.get('PATH', os.defpath)}",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DO_NOT_TRACK": "1",
        **_airflow(settings),
        **(_celery(settings) if settings.executor == CELERY else {}),
        **_overrides(),
        **_plugin(settings),
        **_warehouse(settings),
    }


def password_file(settings: Settings) -> Path:
    """Write and return the file of the simple auth manager: a password per login."""
    path = settings.directory / "airflow" / "passwords.json"
    write_private(path, settings.passwords())
    return path


def _airflow(settings: Settings) -> dict[str, str]:
    secret, home = settings.secrets(), settings.directory / "airflow"
    database = f"127.0.0.1:{settings.postgres_port}/airflow"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": os.environ.get("LOG_LEVEL") or "INFO",
        "AIRFLOW__CORE__EXECUTOR": settings.executor,
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__FERNET_KEY": secret.fernet_key,
        "AIRFLOW__CORE__AUTH_MANAGER": AUTH_MANAGERS[settings.auth_manager],
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(filter(None, [f"{ADMIN}:admin", settings.users_text()])),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://exact:{secret.postgres_password}@{database}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": settings.airflow_url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secret.secret_key,
        "AIRFLOW__API_AUTH__JWT_SECRET": secret.jwt_secret,
        # A chained task starts a second earlier; a finished one frees its slot up to four seconds earlier.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # A new administration's DAG is there within seconds, also the first one.
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "8",
    }


def _celery(settings: Settings) -> dict[str, str]:
    database = f"127.0.0.1:{settings.postgres_port}/airflow"
    return {
        "AIRFLOW__CELERY__BROKER_URL": broker.url(settings),
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql://exact:{settings.secrets().postgres_password}@{database}",
        # A task is given to another worker only after longer than any load takes; who stops beating is retried earlier.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "86400",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "8",
        # As many as the workers take at once, so that nothing waits in the queue of a worker that died ...
        "AIRFLOW__CORE__PARALLELISM": "16",
        # ... and what such a worker had taken and not begun is queued again after this long.
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "120",
    }


def _overrides() -> dict[str, str]:
    """Return Airflow's settings given by the caller: STACK_AIRFLOW__CORE__PARALLELISM=4 and the like.

    The names stay in the environment, because the supervisor makes its children's from its own.
    """
    return {
        name.removeprefix("STACK_"): value for name, value in os.environ.items() if name.startswith("STACK_AIRFLOW__")
    }


def _plugin(settings: Settings) -> dict[str, str]:
    return {
        "EXACT_ONLINE_FERNET_KEY": settings.secrets().fernet_key,
        "EXACT_ONLINE_REGISTRY_CACHE": str(settings.directory / "administrations.json"),
        "EXACT_ONLINE_AIRFLOW_URL": settings.airflow_url,
        "EXACT_ONLINE_AIRFLOW_USER": ADMIN,
        "EXACT_ONLINE_AIRFLOW_PASSWORD_FILE": str(settings.directory / "airflow" / "passwords.json"),
        "EXACT_ONLINE_REDIRECT_URI": settings.redirect_uri,
        "EXACT_ONLINE_DBT_TARGET_DIR": str(settings.directory / "dbt"),
    }


def _warehouse(settings: Settings) -> dict[str, str]:
    password = settings.secrets().postgres_password
    connection = {
        "conn_type": "postgres",
        "host": "127.0.0.1",
        "port": settings.postgres_port,
        "login": "exact",
        "password": password,
        "schema": "warehouse",
    }
    return {
        "AIRFLOW_CONN_WAREHOUSE": json.dumps(connection),
        "WAREHOUSE_HOST": "127.0.0.1",
        "WAREHOUSE_PORT": str(settings.postgres_port),
        "WAREHOUSE_USER": "exact",
        "WAREHOUSE_PASSWORD": password,
        "WAREHOUSE_DATABASE": "warehouse",
    }
