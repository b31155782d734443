"""Is a port free, and which one is."""

from __future__ import annotations

import socket
from contextlib import closing

from stack.errors import StackError
from stack.settings import CELERY, Settings


def free_port() -> int:
    """Return a port nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_taken(port: int) -> bool:
    """Return whether somebody listens on the port of this machine."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def require_free(settings: Settings, with_sandbox: bool) -> None:
    """Raise StackError naming each port that is taken and the variable that changes it."""
    wanted = {"AIRFLOW_PORT": settings.airflow_port, "POSTGRES_PORT": settings.postgres_port}
    if with_sandbox:
        wanted["SANDBOX_PORT"] = settings.sandbox_port
    if settings.executor == CELERY:
        wanted["REDIS_PORT"] = settings.redis_port
    if len(set(wanted.values())) < len(wanted):
        raise StackError(f"The ports must differ: {', '.join(f'{n}={p}' for n, p in wanted.items())}.")
    taken = {name: port for name, port in wanted.items() if is_taken(port)}
    if taken:
        which = ", ".join(f"{port} ({name})" for name, port in taken.items())
        change = " ".join(f"{name}={free_port()}" for name in taken)
        raise StackError(f"Another program listens on port {which}. Choose another: make demo {change}")
