"""Where the stack lives, which ports it takes, and its secrets, made once and kept readable by the owner only."""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stack.errors import StackError

ROOT = Path(__file__).resolve().parents[1]
#: The sandbox's app registration; nothing about it is secret.
SANDBOX_CLIENT_ID = "5e3f0a5c-2f5a-4c38-9d2e-6a1b7c8d9e0f"
SANDBOX_CLIENT_SECRET = "sandbox-secret"
DEFAULT_PORTS = {"AIRFLOW_PORT": 8080, "POSTGRES_PORT": 5439, "SANDBOX_PORT": 8099, "REDIS_PORT": 6389}
#: Airflow's executors the stack can run with: tasks below the scheduler, or in workers of their own.
LOCAL, CELERY = "LocalExecutor", "CeleryExecutor"
#: Airflow's auth managers the stack can run with.
AUTH_MANAGERS = {
    "simple": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
    "fab": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
}
ROLES = ("viewer", "user", "op", "admin")
ADMIN = "admin"


@dataclass(frozen=True)
class Secrets:
    """Random per stack. The repr shows none of them."""

    postgres_password: str = field(repr=False)
    admin_password: str = field(repr=False)
    fernet_key: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    secret_key: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """One stack. `directory` is its state directory."""

    directory: Path
    airflow_port: int
    postgres_port: int
    sandbox_port: int
    redis_port: int
    auth_manager: str = "simple"
    #: Logins beside the admin: name -> role.
    users: dict[str, str] = field(default_factory=dict)
    #: How much stands in the sandbox's books: small, default or many.
    sandbox_size: str = "default"
    executor: str = LOCAL

    @property
    def airflow_url(self) -> str:
        """The address of Airflow's UI and API."""
        return f"http://127.0.0.1:{self.airflow_port}"

    @property
    def sandbox_url(self) -> str:
        """The base URL of the local Exact Online."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def redirect_uri(self) -> str:
        """Where the sandbox's app registration sends a person back to."""
        return f"{self.airflow_url}/exact-online/callback"

    @property
    def logs(self) -> Path:
        """One log file per component."""
        return self.directory / "logs"

    @property
    def state_file(self) -> Path:
        """The supervisor's record of what runs."""
        return self.directory / "processes.json"

    def secrets(self) -> Secrets:
        """Return the stack's secrets, making them the first time."""
        path = self.directory / "secrets.json"
        if not path.exists():
            write_private(path, asdict(_new_secrets()))
        return Secrets(**json.loads(path.read_text("utf-8")))

    def redis_password(self) -> str:
        """Return the password of the broker, derived from the stack's secrets."""
        return self._derived("redis")

    def passwords(self) -> dict[str, str]:
        """Return a password per login: the admin's own, and one derived from the stack's secrets for each other."""
        return {ADMIN: self.secrets().admin_password, **{name: self._derived(name) for name in self.users}}

    def _derived(self, name: str) -> str:
        return hmac.new(self.secrets().secret_key.encode(), name.encode(), "sha256").hexdigest()[:20]

    def remember(self) -> None:
        """Keep ports, logins and books, so that later commands find this stack without being told."""
        ports = {name: getattr(self, name.lower()) for name in DEFAULT_PORTS}
        others = {
            "AUTH_MANAGER": self.auth_manager,
            "STACK_USERS": self.users_text(),
            "SANDBOX_SIZE": self.sandbox_size,
            "EXECUTOR": self.executor,
        }
        write_private(self.directory / "ports.json", {**ports, **others})

    def users_text(self) -> str:
        """Return the logins beside the admin as STACK_USERS has them."""
        return ",".join(f"{name}:{role}" for name, role in self.users.items())


def load() -> Settings:
    """Return the settings from the environment, else those this stack was started with, else the defaults."""
    directory = Path(os.environ.get("STACK_DIR") or ROOT / ".stack").resolve()
    try:
        known = json.loads((directory / "ports.json").read_text("utf-8"))
    except (OSError, ValueError):
        known = {}
    ports = {}
    for name, default in DEFAULT_PORTS.items():
        text = os.environ.get(name) or known.get(name, default)
        if not str(text).isdigit() or not 0 < int(text) < 65536:
            raise StackError(f"{name}={text} is not a port number.")
        ports[name.lower()] = int(text)
    auth_manager = os.environ.get("AUTH_MANAGER") or known.get("AUTH_MANAGER") or "simple"
    if auth_manager not in AUTH_MANAGERS:
        raise StackError(f"AUTH_MANAGER={auth_manager} is none of {', '.join(AUTH_MANAGERS)}.")
    users = _users(os.environ.get("STACK_USERS") or known.get("STACK_USERS") or "")
    size = os.environ.get("SANDBOX_SIZE") or known.get("SANDBOX_SIZE") or "default"
    executor = os.environ.get("EXECUTOR") or known.get("EXECUTOR") or LOCAL
    if executor not in (LOCAL, CELERY):
        raise StackError(f"EXECUTOR={executor} is neither {LOCAL} nor {CELERY}.")
    return Settings(directory, **ports, auth_manager=auth_manager, users=users, sandbox_size=size, executor=executor)


def _users(text: str) -> dict[str, str]:
    users = dict(entry.strip().partition(":")[::2] for entry in text.split(",") if entry.strip())
    if ADMIN in users or not set(users.values()) <= set(ROLES):
        raise StackError(f"STACK_USERS={text} must be name:role,... with the roles {', '.join(ROLES)}.")
    return users


def _new_secrets() -> Secrets:
    return Secrets(
        postgres_password=secrets.token_urlsafe(24),
        admin_password=secrets.token_urlsafe(12),
        fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        jwt_secret=secrets.token_urlsafe(64),
        secret_key=secrets.token_urlsafe(32),
    )


def write_private(path: Path, content: dict | list) -> None:
    """Write a file only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    os.replace(temporary, path)
