"""What an answer means that is not a page: one classification of failures, by what the caller must do.

Pure: no network, no counting. A 429 is not here, because only the call budget can tell which limit was hit.
"""

from __future__ import annotations

from collections.abc import Mapping

from exact_online import odata
from exact_online.errors import AdministrationUnavailable, RequestRejected, RequestTimedOut, TransientApiError

#: Signs, in the `Reason` header or in Exact's words, that concern the administration or the user as a whole, and the
#: registry's word for each (protocol facts, section 7.5). What is none of them concerns the endpoint alone.
_OF_THE_WHOLE_ADMINISTRATION = {
    "nodivisionaccess": "no_access",
    "not within division scope": "no_access",
    "blockeduser": "no_access",
    "inactiveuser": "no_access",
    "divisionblocked": "blocked",
    "blockedcustomer": "blocked",
    "licenseexpired": "blocked",
    "license expired": "blocked",
}
#: What is done about it, in the words of Exact's own menus.
REMEDIES = {
    "no_access": "give the Exact user access to this administration (in Exact: user name > Users > Administrations) "
    "and the app, too (user name > Security centre > Apps)",
    "blocked": "unblock the administration or pay its licence in Exact",
}


def is_refusal(status: int) -> bool:
    """Return whether Exact counts an answer against the app: it blocks one that is refused too often.

    A 408 is a time-out of Exact's own and not counted (protocol facts, sections 3 and 8).
    """
    return 400 <= status < 500 and status != 408


def reason_of(headers: Mapping[str, str], body: bytes) -> str:
    """Return Exact's own words: the `Reason` header and the message in the body, "" when there are none."""
    return " ".join(part for part in (headers.get("Reason", ""), odata.error_text(body)) if part)[:300]


def failure(where: str, status: int, reason: str) -> Exception:
    """Return the error of an answer that is neither 200 nor 429.

    :param where: environment, administration and endpoint, for the message.
    """
    what = f"{where}: status {status}: {reason or 'no reason given'}"
    if status == 408:
        return RequestTimedOut(what)
    if status >= 500:
        return TransientApiError(what)
    if status == 403:
        for sign, word in _OF_THE_WHOLE_ADMINISTRATION.items():
            if sign in reason.lower():
                return AdministrationUnavailable(f"{what}; {REMEDIES[word]}", word)
    return RequestRejected(what, status, reason)
