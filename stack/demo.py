"""`make demo`: from nothing to figures that tie out, through the same commands a user types."""

from __future__ import annotations

import os
import time
from functools import partial

import requests
from rich.console import Console

from stack import commands, lifecycle, login, summary, supervisor, waiting
from stack.airflow_runs import AirflowRuns
from stack.environment import ADMIN
from stack.errors import StackError
from stack.settings import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET, Settings

#: How many of the administrations the sandbox's user may see are connected; the last one is left for trying `select`.
LEFT_OUT = 1
NEXT_STEPS = 'make sync · make sql Q="select ..." · make cli ARGS="status" · make down'


def run(settings: Settings, console: Console) -> None:
    """Start the stack, connect the sandbox, import, build the marts, and print what was found."""
    began = time.monotonic()
    say = partial(console.print, markup=False, highlight=False)
    lifecycle.up(settings, with_sandbox=True, say=say)
    lifecycle.wait_for_sandbox(settings)
    if not commands.plugin_json(settings, "status")["integrations"]:
        say("Connecting the sandbox ...")
        connect(settings)
    codes = _codes(settings)
    lifecycle.wait_for_airflow(settings)
    say(f"Selecting administrations {', '.join(codes)} ...")
    selected = commands.plugin_json(settings, "select", *codes)
    _wait_and_show(settings, console, {each["dag_id"]: each["run_id"] for each in selected})
    console.print(f"\nDone in {time.monotonic() - began:.0f} s.")
    print_address(settings, console)


def connect(settings: Settings) -> None:
    """Log in at the sandbox as a person would, with the plugin's own two-step `connect`."""
    address = commands.plugin(
        settings,
        *("connect", "--environment", "nl", "--base-url", settings.sandbox_url),
        *("--client-id", SANDBOX_CLIENT_ID, "--redirect-uri", settings.redirect_uri),
        EXACT_ONLINE_CLIENT_SECRET=SANDBOX_CLIENT_SECRET,
    ).strip()
    redirected = login.consent(address, settings.redirect_uri)
    commands.plugin(settings, "connect", "--redirected-url", "-", input_=redirected + "\n")


def print_address(settings: Settings, console: Console, next_steps: str = NEXT_STEPS) -> None:
    """Print where Airflow is and how to log in; no other address comes before it."""
    console.print(f"\nAirflow  {settings.airflow_url}", highlight=False)
    console.print(f"Login    {ADMIN} / {settings.secrets().admin_password}", markup=False, highlight=False)
    console.print(f"Next     {next_steps}", markup=False, highlight=False)


def _codes(settings: Settings) -> list[str]:
    """Return the administrations to connect: DEMO_ADMINISTRATIONS, or all active ones but the last."""
    chosen = os.environ.get("DEMO_ADMINISTRATIONS", "").split()
    if chosen:
        return chosen
    seen = [each for each in commands.plugin_json(settings, "administrations") if each["status"] == "active"]
    connected = [str(each["code"]) for each in seen if each["connected"]]
    return connected or [str(each["code"]) for each in seen[: len(seen) - LEFT_OUT]]


def _wait_and_show(settings: Settings, console: Console, wanted: dict[str, str]) -> None:
    runs = AirflowRuns(settings)
    with commands.warehouse(settings) as connection:
        console.print("Importing ...")
        try:
            with waiting.Progress(connection, console) as progress:
                waiting.imports(runs, wanted, progress)
                console.print("Building the marts ...")
                waiting.marts(settings, runs, progress)
        except requests.RequestException as exc:
            raise StackError(
                f"Airflow stopped answering ({type(exc).__name__}).", supervisor.log_of(settings, "api-server")
            ) from exc
        summary.show(connection, console)
