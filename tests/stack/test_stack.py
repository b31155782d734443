"""The stack's parts on the real thing: PostgreSQL as root and not, ports, processes that are not ours."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict

import psutil
import psycopg
import pytest

from stack import __main__ as command
from stack import environment, login, ports, processes, settings, supervisor
from stack.errors import StackError
from stack.postgres import EmbeddedPostgres

pytestmark = pytest.mark.integration


@pytest.fixture
def stack(tmp_path, monkeypatch) -> settings.Settings:
    """A stack of its own that was never started."""
    monkeypatch.setenv("STACK_DIR", str(tmp_path / "my stack"))
    for name in settings.DEFAULT_PORTS:
        monkeypatch.setenv(name, str(ports.free_port()))
    return settings.load()


@pytest.fixture
def server(tmp_path):
    """A server in a folder with a space in its name."""
    made = EmbeddedPostgres(tmp_path / "post gres", ports.free_port(), "p'w", durable=False)
    yield made
    made.stop()


def answer(server: EmbeddedPostgres) -> int:
    with psycopg.connect(server.conninfo()) as connection:
        return connection.execute("select 42").fetchone()[0]


def test_postgres_starts_stops_and_starts_again(server):
    server.start()
    server.start()
    assert answer(server) == 42
    server.create_database("warehouse")
    server.create_database("warehouse")
    server.stop()
    assert not server.is_running()
    server.start()
    assert answer(server) == 42


def test_postgres_wants_its_password(server):
    server.start()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.conninfo().replace("p\\'w", "wrong"))


def test_postgres_starts_after_it_was_killed(server):
    server.start()
    pid = int((server.data / "postmaster.pid").read_text().split("\n")[0])
    family = psutil.Process(pid).children()
    for each in [psutil.Process(pid), *family]:
        each.kill()
    psutil.wait_procs([psutil.Process(p.pid) for p in family if p.is_running()], timeout=5)
    server.start()
    assert answer(server) == 42


def test_postgres_starts_although_its_old_pid_belongs_to_another_program(server):
    server.start()
    content = (server.data / "postmaster.pid").read_text().split("\n", 1)[1]
    server.stop()
    # Not a pid of the tests: PostgreSQL overlooks one of its own ancestors.
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (server.data / "postmaster.pid").write_text(f"{other.pid}\n{content}")
        server.start()
        assert answer(server) == 42
    finally:
        other.kill()
        other.wait()


def test_a_data_directory_that_was_interrupted_is_made_anew(server):
    server.data.mkdir(parents=True)
    (server.data / "half").write_text("x")
    server.start()
    assert answer(server) == 42


def test_postgres_runs_for_an_ordinary_user_too(tmp_path):
    program = (
        "import sys; from pathlib import Path; from stack.postgres import temporary_postgres; import os, psycopg\n"
        "assert os.geteuid() != 0\n"
        "with temporary_postgres(Path(sys.argv[1])) as info:\n"
        "    print(psycopg.connect(info).execute('select 42').fetchone())"
    )
    # A user namespace: the program sees an ordinary user, wherever this checkout lies.
    become = ["unshare", "--user", "--map-user=65534", "--map-group=65534"] if os.geteuid() == 0 else []
    command = [*become, sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, cwd=settings.ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "(42,)\n", done.stderr


def test_a_taken_port_is_named_with_the_variable_that_changes_it(stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.airflow_port))
        taken.listen()
        with pytest.raises(StackError, match=rf"port {stack.airflow_port} \(AIRFLOW_PORT\).*make demo AIRFLOW_PORT="):
            ports.require_free(stack, with_sandbox=True)


def test_ports_must_differ_and_be_ports(stack, monkeypatch):
    monkeypatch.setenv("SANDBOX_PORT", str(stack.airflow_port))
    with pytest.raises(StackError, match="must differ"):
        ports.require_free(settings.load(), with_sandbox=True)
    monkeypatch.setenv("SANDBOX_PORT", "eighty")
    with pytest.raises(StackError, match="SANDBOX_PORT=eighty"):
        settings.load()


def test_later_commands_find_the_ports_the_stack_was_started_with(stack, monkeypatch):
    stack.directory.mkdir(parents=True)
    stack.remember()
    for name in settings.DEFAULT_PORTS:
        monkeypatch.delenv(name)
    assert settings.load() == stack


def test_secrets_are_made_once_private_and_never_shown(stack):
    secrets = stack.secrets()
    assert stack.secrets() == secrets
    assert (stack.directory / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len(secrets.jwt_secret) >= 64
    assert secrets.admin_password not in repr(secrets)


def test_the_environment_is_the_stacks_own(stack, monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "SomebodyElses")
    monkeypatch.setenv("PGPASSWORD", "somebody's")
    made = environment.stack_environment(stack)
    assert made["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "PGPASSWORD" not in made
    assert made["HOME"] == str(stack.directory / "home")


def test_a_callers_settings_of_airflow_reach_also_what_the_supervisor_starts(stack, monkeypatch):
    monkeypatch.setenv("STACK_AIRFLOW__CORE__PARALLELISM", "3")
    supervisors = environment.stack_environment(stack)
    assert supervisors["AIRFLOW__CORE__PARALLELISM"] == "3"
    monkeypatch.delenv("STACK_AIRFLOW__CORE__PARALLELISM")
    for name, value in supervisors.items():
        monkeypatch.setenv(name, value)
    assert environment.stack_environment(stack)["AIRFLOW__CORE__PARALLELISM"] == "3"


def test_stopping_ends_a_whole_session_and_spares_a_pid_that_was_given_away(tmp_path):
    log = tmp_path / "log"
    grandchild = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    child = f"import subprocess, sys, time; {grandchild}; time.sleep(60)"
    process = processes.start("x", [sys.executable, "-c", child], dict(os.environ), log, tmp_path)
    deadline = time.monotonic() + 10
    while not psutil.Process(process.pid).children() and time.monotonic() < deadline:
        time.sleep(0.05)
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
    assert len(family) == 2
    started = processes.record("x", process.pid)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        assert processes.Started("x", other.pid, 1.0).process() is None
        processes.stop(processes.Started("x", other.pid, 1.0))
        assert other.poll() is None, "another program has this pid now"
        processes.stop(started, grace_seconds=2)
        process.wait(timeout=5)
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []
    finally:
        other.kill()
        other.wait()


def test_the_supervisor_restarts_what_dies_and_stops_all_on_sigterm(stack, monkeypatch, tmp_path):
    sleeper = [sys.executable, "-c", "import time; time.sleep(100)"]
    program = (
        f"import sys; sys.path.insert(0, {str(settings.ROOT)!r})\n"
        "from stack import supervisor, settings\n"
        f"supervisor.components = lambda *_: {{'one': {sleeper!r}, 'two': {sleeper!r}}}\n"
        "supervisor.Supervisor(settings.load(), False).run()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL, start_new_session=True)

    def pids():
        return {each.name: each.pid for each in supervisor.recorded(stack) if each.process()}

    def wait_until(condition):
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, pids()
            time.sleep(0.1)

    try:
        wait_until(lambda: {"supervisor", "one", "two"} <= set(pids()))
        first = pids()
        os.kill(first["one"], signal.SIGKILL)
        wait_until(lambda: pids().get("one", first["one"]) != first["one"])
        assert pids()["two"] == first["two"]
        before = list(pids().values())
        supervisor.stop_all(stack)
        assert not any(psutil.pid_exists(pid) for pid in before if pid != process.pid)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()


def test_components_of_a_killed_supervisor_are_cleared_away(stack):
    orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"], start_new_session=True)
    stack.directory.mkdir(parents=True)
    dead = processes.Started("supervisor", 999_999, 1.0)
    settings.write_private(stack.state_file, [asdict(dead), asdict(processes.record("scheduler", orphan.pid))])
    assert not supervisor.is_running(stack)
    supervisor.stop_all(stack)
    orphan.wait(timeout=5)
    assert not psutil.pid_exists(orphan.pid)
    assert supervisor.recorded(stack) == []


def test_forms_are_filled_as_a_browser_would():
    form = login._Form()
    form.feed(
        '<form action="/x?a=1&amp;b=2"><input type="hidden" name="h" value="&quot;v&quot;"><input name="username">'
        '<input type="checkbox" name="division" value="1" checked><input type="checkbox" name="division" value="2">'
        '<button name="decision" value="deny">No</button><button name="decision" value="allow">Yes</button></form>'
    )
    assert form.action == "/x?a=1&b=2"
    assert form.fields == [("h", '"v"'), ("username", ""), ("division", "1"), ("decision", "allow")]


def test_clean_removes_what_the_stack_made_and_nothing_else(stack, tmp_path):
    settings.load().secrets()
    (stack.directory / "logs").mkdir(parents=True, exist_ok=True)
    (stack.directory / "mine.txt").write_text("kept")
    command._clean(settings.load())
    assert [each.name for each in stack.directory.iterdir()] == ["mine.txt"]


def test_clean_refuses_a_folder_that_no_stack_made(stack):
    (stack.directory / "logs").mkdir(parents=True, exist_ok=True)
    with pytest.raises(StackError, match="was not made by"):
        command._clean(settings.load())
    assert (stack.directory / "logs").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setenv("STACK_DIR", "/proc/nope")
    monkeypatch.setattr("sys.argv", ["stack", "demo"])
    assert command.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("make demo: ") and "/proc/nope" in said and said.count("\n") == 1
