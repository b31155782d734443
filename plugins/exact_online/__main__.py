"""The integration without a browser: `python -m exact_online COMMAND`.

Exit codes: 0 done · 1 failed · 2 wrong usage or configuration · 3 a person must log in to Exact again ·
4 not found · 5 Exact or Airflow does not answer now, try again later.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import date

from exact_online import commands, management
from exact_online.doctor import COMPLAINTS
from exact_online.environments import ENVIRONMENTS
from exact_online.errors import (
    AdministrationUnavailable,
    ConfigError,
    ExactOnlineError,
    LimitReached,
    ReauthorizationRequired,
    RefreshOutcomeUnknown,
    TransientApiError,
)
from exact_online.manage import RHYTHMS

EXIT_CODES = {
    ConfigError: 2,
    ReauthorizationRequired: 3,
    AdministrationUnavailable: 4,
    TransientApiError: 5,
    RefreshOutcomeUnknown: 5,
    LimitReached: 5,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; errors are one sentence on standard error."""
    options = _parser().parse_args(arguments)
    try:
        result = options.run(options)
    except ExactOnlineError as exc:
        print(f"exact_online: {exc}", file=sys.stderr)
        return next((code for kind, code in EXIT_CODES.items() if isinstance(exc, kind)), 1)
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(result, default=str, ensure_ascii=False))
    else:
        for line in commands.as_text(result):
            print(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m exact_online", description=__doc__.split("\n\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    # The same flag behind the command, without overwriting the one before it.
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    add = parser.add_subparsers(required=True, metavar="COMMAND").add_parser

    command = add("migrate", parents=[common], help="create or upgrade the warehouse's schemas")
    command.set_defaults(run=lambda options: commands.migrate())

    command = add(
        "roles", parents=[common], help="make the warehouse's roles for loader and dbt, and grant what each needs"
    )
    command.set_defaults(run=lambda options: commands.grant_roles())

    command = add("analyst", parents=[common], help="limit a database login to some administrations in the marts")
    command.add_argument("login")
    _codes_or_all(command)
    command.set_defaults(
        run=lambda options: commands.limit_analyst(options.login, _chosen(options), options.environment)
    )

    command = add("rotate-keys", parents=[common], help="encrypt every stored secret with the first key")
    command.set_defaults(run=lambda options: commands.rotate_keys())

    command = add("connect", parents=[common], help="start or finish a login at Exact Online")
    command.add_argument("--environment", choices=list(ENVIRONMENTS), help="the country site of the books")
    command.add_argument("--base-url", help="another server that speaks Exact's API")
    command.add_argument("--client-id", help="the app registration's client id")
    command.add_argument(
        "--redirect-uri",
        default=os.environ.get("EXACT_ONLINE_REDIRECT_URI"),
        help="the redirect address, exactly as registered (or EXACT_ONLINE_REDIRECT_URI)",
    )
    command.add_argument("--integration", type=int, metavar="ID", help="connect an integration again, with its own app")
    command.add_argument("--redirected-url", metavar="-", help="finish: read the address Exact led to from stdin")
    command.set_defaults(run=_connect)

    command = add("administrations", parents=[common], help="list what the connected users may see")
    command.set_defaults(run=lambda options: commands.list_administrations())

    command = add("select", parents=[common], help="connect administrations; their first import starts at once")
    command.add_argument("codes", nargs="+", type=int, metavar="CODE")
    command.add_argument("--environment", choices=list(ENVIRONMENTS), help="where a code exists in several")
    command.set_defaults(run=lambda options: commands.select(options.codes, options.environment))

    command = add("sync", parents=[common], help="start an import now")
    _codes_or_all(command)
    command.add_argument("--full-refresh", action="store_true", help="read everything again")
    command.add_argument(
        "--from-date", type=_date, metavar="YYYY-MM-DD", help="read everything from this date on again"
    )
    command.set_defaults(
        run=lambda options: commands.sync(
            _chosen(options), options.environment, options.full_refresh, options.from_date
        )
    )

    command = add("status", parents=[common], help="integrations, administrations and their last loads")
    command.set_defaults(run=lambda options: commands.status())

    command = add("doctor", parents=[common], help="why something is missing or wrong, and what to click in Exact")
    _one_code(command)
    command.add_argument("--about", choices=list(COMPLAINTS), help="what is wrong; without it everything is checked")
    command.set_defaults(run=lambda options: commands.examine(options.code, options.environment, options.about))

    command = add("disconnect", parents=[common], help="remove administrations, or with --all the whole integration")
    _codes_or_all(command)
    command.add_argument("--purge", action="store_true", help="remove their data too")
    command.set_defaults(run=lambda options: commands.disconnect(_chosen(options), options.environment, options.purge))
    _add_management(add, common)
    return parser


def _add_management(add: Callable[..., argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Add the commands about what is connected already."""
    command = add("quote", parents=[common], help="what reading an administration in full takes, and what may be read")
    _one_code(command)
    command.set_defaults(run=lambda options: management.price(options.code, options.environment))

    command = add("rename", parents=[common], help="give an administration a name of your own")
    _one_code(command)
    command.add_argument("name", help="the name; an empty one brings Exact's back")
    command.set_defaults(run=lambda options: management.rename(options.code, options.environment, options.name))

    command = add("schedule", parents=[common], help="change when an administration is imported")
    _one_code(command)
    command.add_argument("rhythm", choices=list(RHYTHMS))
    command.add_argument("time", nargs="?", default="05:00", help="time of day in Amsterdam, as 05:30")
    command.set_defaults(
        run=lambda options: management.schedule(options.code, options.environment, options.rhythm, options.time)
    )

    command = add("promise", parents=[common], help="how old an administration's data may get before people are told")
    _one_code(command)
    command.add_argument(
        "hours", nargs="?", type=int, help="0: nobody is told; without it: what the schedule makes usual"
    )
    command.set_defaults(run=lambda options: management.promise(options.code, options.environment, options.hours))

    for name, is_paused in (("pause", True), ("resume", False)):
        command = add(name, parents=[common], help=f"{name} the imports of administrations")
        _codes_or_all(command)
        command.set_defaults(
            run=lambda options, is_paused=is_paused: management.pause(_chosen(options), options.environment, is_paused)
        )

    command = add("reselect", parents=[common], help="attach an administration to its new code in Exact")
    _one_code(command)
    command.add_argument("new_code", type=int, metavar="NEW-CODE")
    command.set_defaults(run=lambda options: management.reselect(options.code, options.new_code, options.environment))

    command = add("receipts", parents=[common], help="who removed what")
    command.set_defaults(run=lambda options: management.receipts())

    command = add("mapping", parents=[common], help="print the manual account mapping as CSV, or store one")
    command.add_argument("code", type=int, nargs="?", metavar="CODE", help="print the mapping of this administration")
    command.add_argument("--environment", choices=list(ENVIRONMENTS), help="where a code exists in several")
    command.add_argument("--store", metavar="-", help="read a CSV from stdin and store its rows")
    command.set_defaults(run=_mapping)


def _mapping(options: argparse.Namespace) -> object:
    if (options.code is None) == (options.store is None) or options.store not in (None, "-"):
        raise ConfigError("give a code to print its mapping, or --store - to store one from standard input")
    if options.store:
        return management.store_mapping(sys.stdin.read())
    return management.mapping_file(options.code, options.environment)


def _one_code(command: argparse.ArgumentParser) -> None:
    command.add_argument("code", type=int, metavar="CODE")
    command.add_argument("--environment", choices=list(ENVIRONMENTS), help="where a code exists in several")


def _date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _connect(options: argparse.Namespace) -> object:
    if options.redirected_url is not None:
        if options.redirected_url != "-":
            raise ConfigError("--redirected-url takes only -: the address holds a code, which must not be an argument")
        return commands.finish_connect(sys.stdin.readline())
    if options.integration is not None:
        return commands.start_reconnect(options.integration)
    if not (options.environment and options.client_id and options.redirect_uri):
        raise ConfigError(
            "connect needs --environment, --client-id and --redirect-uri (or EXACT_ONLINE_REDIRECT_URI), or "
            "--redirected-url -"
        )
    return commands.start_connect(options.environment, options.base_url, options.client_id, options.redirect_uri)


def _codes_or_all(command: argparse.ArgumentParser) -> None:
    command.add_argument("codes", nargs="*", type=int, metavar="CODE")
    command.add_argument("--all", action="store_true", help="every connected administration")
    command.add_argument("--environment", choices=list(ENVIRONMENTS), help="where a code exists in several")


def _chosen(options: argparse.Namespace) -> list[int] | None:
    if bool(options.codes) == options.all:
        raise ConfigError("give administration codes, or --all")
    return None if options.all else options.codes


if __name__ == "__main__":
    sys.exit(main())
