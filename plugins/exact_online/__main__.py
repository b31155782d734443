"""The integration without a browser: `python -m exact_online COMMAND`.

Exit codes: 0 done · 1 failed · 2 wrong usage or configuration · 3 a person must log in to Exact again ·
4 not found · 5 Exact or Airflow does not answer now, try again later.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from exact_online import commands
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

    command = add("connect", parents=[common], help="start or finish a login at Exact Online")
    command.add_argument("--environment", choices=list(ENVIRONMENTS), help="the country site of the books")
    command.add_argument("--base-url", help="another server that speaks Exact's API")
    command.add_argument("--client-id", help="the app registration's client id")
    command.add_argument(
        "--redirect-uri",
        default=os.environ.get("EXACT_ONLINE_REDIRECT_URI"),
        help="the redirect address, exactly as registered (or EXACT_ONLINE_REDIRECT_URI)",
    )
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
    command.set_defaults(run=lambda options: commands.sync(_chosen(options), options.environment, options.full_refresh))

    command = add("status", parents=[common], help="integrations, administrations and their last loads")
    command.set_defaults(run=lambda options: commands.status())

    command = add("doctor", parents=[common], help="why something is missing or wrong, and what to click in Exact")
    command.add_argument("code", type=int, metavar="CODE")
    command.add_argument("--environment", choices=list(ENVIRONMENTS), help="where a code exists in several")
    command.add_argument("--about", choices=list(COMPLAINTS), help="what is wrong; without it everything is checked")
    command.set_defaults(run=lambda options: commands.examine(options.code, options.environment, options.about))

    command = add("disconnect", parents=[common], help="remove administrations, or with --all the whole integration")
    _codes_or_all(command)
    command.add_argument("--purge", action="store_true", help="remove their data too")
    command.set_defaults(run=lambda options: commands.disconnect(_chosen(options), options.environment, options.purge))
    return parser


def _connect(options: argparse.Namespace) -> object:
    if options.redirected_url is not None:
        if options.redirected_url != "-":
            raise ConfigError("--redirected-url takes only -: the address holds a code, which must not be an argument")
        return commands.finish_connect(sys.stdin.readline())
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
