"""The stack's command line, behind the make targets: `python -m stack COMMAND`."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Callable

import psycopg
import requests
from rich.console import Console

from stack import commands, demo, lifecycle, ports, supervisor, sync
from stack.errors import StackError
from stack.settings import Settings, load

COMMANDS = ["up", "demo", "down", "clean", "status", "sync", "sql", "psql", "cli", "dbt-build", "docs", "supervise"]
#: The folders of a stack; beside them stand only small files.
MADE_BY_US = ("postgres", "airflow", "logs", "dbt", "dbt-by-hand", "home", "sandbox")
#: Columns of a table that is written to a file or a pipe, which has no width of its own.
WIDTH_OF_A_FILE = 120


def main() -> int:
    """Run one command; errors are one sentence on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m stack")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--sandbox", action="store_true", help="up, supervise: run the sandbox too")
    options = parser.parse_args()
    console = Console() if sys.stdout.isatty() else Console(soft_wrap=True, width=WIDTH_OF_A_FILE)
    try:
        return _run(options, console)
    except StackError as exc:
        print(f"make {options.command}: {exc}", file=sys.stderr)
        return 1
    except (OSError, ValueError, psycopg.Error, requests.RequestException) as exc:
        what = " ".join(str(exc).split()) or type(exc).__name__
        print(f"make {options.command}: {what[:300]} (logs are in {load().logs})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"make {options.command}: interrupted; what was started goes on. make down stops it.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace, console: Console) -> int:
    settings = load()
    actions: dict[str, Callable[[], object]] = {
        "supervise": lambda: supervisor.Supervisor(settings, options.sandbox).run(),
        "demo": lambda: demo.run(settings, console),
        "up": lambda: _up(settings, console, options.sandbox),
        "down": lambda: console.print("Stopped." if lifecycle.down(settings) else "Nothing of this stack was running."),
        "clean": lambda: _clean(settings),
        "sync": lambda: sync.run(settings, console),
        "sql": lambda: commands.replace_by_sql(settings, os.environ.get("Q") or sys.stdin.read()),
        "psql": lambda: commands.replace_by_psql(settings),
        "dbt-build": lambda: commands.dbt(settings, "build"),
        "docs": lambda: _docs(settings),
        "cli": lambda: commands.replace_by_plugin(settings, shlex.split(os.environ.get("ARGS", ""))),
    }
    if options.command == "status":
        return _status(settings, console)
    actions[options.command]()
    return 0


def _clean(settings: Settings) -> None:
    """Stop the stack and remove what it made; whatever else stands in its folder stays."""
    folder = settings.directory
    if not folder.exists():
        return
    if not any((folder / name).exists() for name in ("secrets.json", "ports.json")) and any(folder.iterdir()):
        raise StackError(f"{folder} was not made by this stack; nothing was removed. Is STACK_DIR right?")
    lifecycle.down(settings)
    for name in MADE_BY_US:
        shutil.rmtree(folder / name, ignore_errors=True)
    for pattern in ("*.json", "redis.conf"):
        for path in folder.glob(pattern):
            path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


def _up(settings: Settings, console: Console, with_sandbox: bool) -> None:
    lifecycle.up(settings, with_sandbox=with_sandbox, say=console.print)
    lifecycle.wait_for_airflow(settings)
    demo.print_address(settings, console, 'make cli ARGS="connect --environment nl --client-id ..." · make down')


def _docs(settings: Settings) -> None:
    commands.dbt(settings, "docs", "generate")
    commands.dbt(settings, "docs", "serve", "--no-browser", "--host", "127.0.0.1", "--port", str(ports.free_port()))


def _status(settings: Settings, console: Console) -> int:
    for each in supervisor.recorded(settings):
        console.print(f"{each.name:14} {'pid ' + str(each.pid) if each.process() else 'not running'}")
    server = "running" if lifecycle.postgres(settings).is_running() else "not running"
    console.print(f"{'postgres':14} {server}")
    return 0 if supervisor.is_running(settings) else 1


if __name__ == "__main__":
    sys.exit(main())
