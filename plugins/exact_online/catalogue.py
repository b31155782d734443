"""The endpoints we read, loaded from catalogue.toml and checked once.

Adding an endpoint is one entry there; nothing here knows a single endpoint by name except `deletions`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from exact_online.errors import ConfigError

#: What a user recognises, in the order the task graph shows them.
DATA_SETS = (
    "general_ledger",
    "chart_of_accounts",
    "analytical_axes",
    "outstanding_items",
    "fixed_assets",
    "fiscal_periods",
)
CONTROL_TOTALS = "control_totals"
DELETIONS = "deletions"


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One Exact REST resource, as catalogue.toml explains it. `path` is relative to /api/v1/."""

    name: str
    data_set: str
    description: str
    path: str
    kind: str
    key: tuple[str, ...]
    select: str
    required: bool
    deleted_type: int | None = None
    by_year: str | None = None
    period: tuple[str, ...] = ()
    reload_path: str | None = None
    is_reference: bool = False
    excluded: dict[str, str] = {}

    @property
    def fields(self) -> list[str]:
        """The fields asked for, in the catalogue's order."""
        return self.select.split()

    @property
    def is_sync(self) -> bool:
        """Whether a row version (`Timestamp`) says what is new."""
        return self.kind == "sync"


@cache
def endpoints() -> dict[str, Endpoint]:
    """Return every endpoint by name. Raises ConfigError where the file contradicts itself."""
    content = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text("utf-8"))
    found = msgspec.convert(content["endpoints"], list[Endpoint])
    by_name = {endpoint.name: endpoint for endpoint in found}
    if len(by_name) != len(found):
        raise ConfigError("catalogue.toml names an endpoint twice")
    for endpoint in found:
        _check(endpoint)
    return by_name


def of_data_set(data_set: str) -> list[Endpoint]:
    """Return the endpoints of one data set, in the catalogue's order."""
    found = [endpoint for endpoint in endpoints().values() if endpoint.data_set == data_set]
    if not found:
        raise ConfigError(f"there is no data set {data_set!r}")
    return found


def _check(endpoint: Endpoint) -> None:
    if endpoint.kind not in ("sync", "snapshot"):
        raise ConfigError(f"catalogue.toml: {endpoint.name}: kind must be sync or snapshot")
    if endpoint.is_sync and "Timestamp" not in endpoint.fields:
        raise ConfigError(f"catalogue.toml: {endpoint.name}: a sync endpoint must select Timestamp")
    if {"Division", "Timestamp"} & set(endpoint.key):
        raise ConfigError(f"catalogue.toml: {endpoint.name}: Division and Timestamp identify no row")
    missing = set(endpoint.key) - set(endpoint.fields)
    if missing:
        raise ConfigError(f"catalogue.toml: {endpoint.name}: key fields not selected: {sorted(missing)}")
    known = (*DATA_SETS, CONTROL_TOTALS, DELETIONS)
    if endpoint.data_set not in known:
        raise ConfigError(f"catalogue.toml: {endpoint.name}: unknown data set {endpoint.data_set}")
