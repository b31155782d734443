"""May the Exact user read what a data set needs? Asked of Exact itself, one call per data set, before the first import.

The remedy is in the words of Exact's own menus. What is optional may be missing: its data set then stays empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from exact_online import catalogue
from exact_online.catalogue import Endpoint
from exact_online.client import ExactClient
from exact_online.errors import RequestRejected

#: The endpoint whose right stands for its data set, and where in Exact the right is given.
_ASKED = {
    "general_ledger": ("transaction_lines", "Financial > View general ledger transactions"),
    "chart_of_accounts": ("gl_accounts", "Financial > View general ledger accounts"),
    "analytical_axes": ("cost_centers", "Financial > View cost centres; Projects > View projects"),
    "outstanding_items": ("payment_terms", "Cash flow > View outstanding items; CRM > View relations"),
    "fixed_assets": ("assets", "Financial > View assets (needs the module Fixed assets in the licence)"),
    "fiscal_periods": ("financial_periods", "Financial > View financial periods"),
}
#: Without these there is no ledger: an administration is not worth connecting.
REQUIRED = {"general_ledger", "chart_of_accounts", "fiscal_periods"}
_WHERE = "in Exact: user name > Users > the user > Roles: "


@dataclass(frozen=True)
class Right:
    """Whether a data set may be read. `remedy` says where in Exact the right is given; "" where it is there."""

    data_set: str
    endpoint: str
    is_required: bool
    is_granted: bool
    remedy: str


def check_rights(client: ExactClient) -> list[Right]:
    """Ask Exact for each data set and return the answers in the catalogue's order."""
    return [_check(client, data_set) for data_set in catalogue.DATA_SETS]


def _check(client: ExactClient, data_set: str) -> Right:
    name, menu = _ASKED[data_set]
    granted = may_read(client, catalogue.endpoints()[name])
    return Right(data_set, name, data_set in REQUIRED, granted, "" if granted else _WHERE + menu)


def in_words(left_out: dict[str, list[str]]) -> str | None:
    """Return what an import went without and where in Exact to give it; None where it had everything.

    :param left_out: the refused endpoints per data set.
    """
    if not left_out:
        return None
    names = ", ".join(name for endpoints in left_out.values() for name in endpoints)
    menus = "; ".join(_ASKED[data_set][1] for data_set in left_out if data_set in _ASKED)
    remedy = f" {_WHERE}{menus}," if menus else ""
    return f"without {names}, which Exact refuses this user. If you want them, give the right{remedy} or the module"


def may_read(client: ExactClient, endpoint: Endpoint) -> bool:
    """Return what Exact says of the user's right to read an endpoint; a module the licence lacks is no right either."""
    resource = endpoint.path.replace("{division}/", "")
    try:
        answer = client.single("{division}/users/UserHasRights", f"endpoint='{resource}'&action='GET'")
    except RequestRejected as exc:
        if exc.status in (403, 404):
            return False
        raise
    return answer.get("UserHasRights") is True
