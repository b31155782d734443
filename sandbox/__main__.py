"""`python -m sandbox`: build the books, serve them, keep state. Exit codes: 0 stopped, 1 cannot start, 2 usage."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

from sandbox.app import Sandbox
from sandbox.books.profile import SIZES
from sandbox.clock import Clock
from sandbox.server import Server
from sandbox.settings import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Settings
from sandbox.state import StateError, Store


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="python -m sandbox", description="A local Exact Online with invented books.")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8099)
    options.add_argument("--state-dir", type=Path, required=True, help="tokens and settings, kept over restarts")
    options.add_argument("--seed", type=int, help="which books (1)")
    options.add_argument("--size", choices=SIZES, help="how much in them (default)")
    options.add_argument("--today", type=date.fromisoformat, help="the books' own day (the day of the first start)")
    options.add_argument("--client-id", default=CLIENT_ID)
    options.add_argument("--client-secret", default=CLIENT_SECRET)
    options.add_argument("--redirect-uri", default=REDIRECT_URI)
    options.add_argument("--no-limits", action="store_true", help="refuse no call for being one too many")
    return options


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop."""
    asked = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(message)s")
    try:
        store = Store(asked.state_dir)
        books = _books(store, asked)
        server = Server(asked.host, asked.port)
    except StateError as exc:
        print(f"The sandbox cannot start: {exc}.", file=sys.stderr)
        return 1
    except (OSError, OverflowError) as exc:
        print(f"The sandbox cannot listen on {asked.host}:{asked.port}: {exc}.", file=sys.stderr)
        return 1
    server.sandbox = _sandbox(store, books, asked)
    _stop_on_signal(server)
    print(f"Exact Online sandbox on http://{asked.host}:{server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    return 0


def _books(store: Store, asked: argparse.Namespace) -> dict[str, Any]:
    """Return seed, size and day of the books: those of the first start, which a later one may repeat but not change."""
    given = {"seed": asked.seed, "size": asked.size, "today": asked.today and asked.today.isoformat()}
    defaults = {"seed": 1, "size": "default", "today": Clock().wall().date().isoformat()}
    books = store.section("books")
    for name, value in given.items():
        if books.get(name) is not None and value is not None and books[name] != value:
            raise StateError(
                f"{asked.state_dir} holds books with {name} {books[name]}, not {value}; remove it to change that"
            )
        books.setdefault(name, defaults[name] if value is None else value)
    store.save()
    return books


def _sandbox(store: Store, books: dict[str, Any], asked: argparse.Namespace) -> Sandbox:
    from sandbox.books import build_books  # the port is taken first: the books take seconds

    started = time.perf_counter()
    today = date.fromisoformat(books["today"])
    administrations = build_books(books["seed"], books["size"], today)
    settings = Settings(asked.client_id, asked.client_secret, asked.redirect_uri, has_limits=not asked.no_limits)
    sandbox = Sandbox(settings, store, administrations, today, seed=books["seed"])
    print(
        f"Books of {today} (seed {books['seed']}, {books['size']}) in {time.perf_counter() - started:.1f} s", flush=True
    )
    return sandbox


def _stop_on_signal(server: Server) -> None:
    """`shutdown` waits for the loop it is called from, so it is called from elsewhere."""

    def stop(number: int, frame: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main())
