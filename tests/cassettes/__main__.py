"""`make record`: write the cassettes anew, from the sandbox: they hold the wire's shape; Exact cannot be reached."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from sandbox.settings import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI
from tests.cassettes.scenarios import SCENARIOS, Scenario, Wire
from tests.cassettes.scrub import recorder
from tests.sandbox.serving import MAIN, OTHER, serving, tiny_books

FOLDER = Path(__file__).parent
#: One row more than a page of a sync endpoint holds.
LINES = 1001


def record(scenario: Scenario) -> None:
    """Let a fresh sandbox live through the scenario and write its cassette."""
    path = FOLDER / f"{scenario.name}.yaml"
    path.unlink(missing_ok=True)
    books = [tiny_books(MAIN, lines=LINES), tiny_books(OTHER)]
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), books) as exact:
        exact.connect()
        code = exact.code() if scenario.name == "token_exchange" else "no-code"
        scenario.prepare(exact)
        held = {"access_token": exact.access_token, "refresh_token": exact.refresh_token, "code": code}
        wire = Wire(exact.url, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, **held)
        with (
            recorder("all").use_cassette(str(path)),
            contextlib.suppress(*([scenario.error] if scenario.error else [])),
        ):
            scenario.act(wire)


if __name__ == "__main__":
    for each in SCENARIOS:
        record(each)
        print(f"{each.name}: {(FOLDER / f'{each.name}.yaml').stat().st_size} bytes")
