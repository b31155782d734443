"""Every error of the plugin, grouped by what the caller must do about it.

    ExactOnlineError
    |- ConfigError                  fix the connection or the command; fail now
    |- ReauthorizationRequired      a person must log in to Exact again
    |- RefreshOutcomeUnknown        re-read the stored token under its lock, then decide
    |- MinuteLimitReached           wait, keep the slot
    |- DailyLimitReached            defer until the reset; committed pages stay
    |- TokenNotYet                  defer until Exact gives a token again
    |- TransientApiError            back off and retry
    |  |- TooEarlyToRefresh         the stored token still works
    |  `- RequestTimedOut           ask for less at once
    |- RequestRejected              fail this endpoint; asking again changes nothing
    |  `- EndpointPaused            it failed too often this hour: not asked at all
    |- AdministrationUnavailable    the administration as a whole cannot be read
    |- PaginationError              fail; nothing of the page is stored
    `- DataContractError            fail; nothing of the page is stored

Messages say what happened, where, and what to do. They never hold a token, a code or a secret.
"""

from __future__ import annotations

from datetime import datetime


class ExactOnlineError(Exception):
    """Root of all errors the plugin raises on purpose."""


class ConfigError(ExactOnlineError):
    """A field, an environment or a name is missing or wrong: the message names it."""


class ReauthorizationRequired(ExactOnlineError):
    """Exact refused the grant for good: only a new login by a person helps."""


class RefreshOutcomeUnknown(ExactOnlineError):
    """The answer to a refresh was lost: the old token may or may not be spent."""


class LimitReached(ExactOnlineError):
    """A call budget is spent until `resets_at` (UTC)."""

    def __init__(self, message: str, resets_at: datetime) -> None:
        super().__init__(message)
        self.resets_at = resets_at


class MinuteLimitReached(LimitReached):
    """The minute's calls are spent: worth waiting for in place."""


class DailyLimitReached(LimitReached):
    """The day's calls are spent: come back after the reset."""


class TokenNotYet(LimitReached):
    """Exact gives no token before `resets_at`: the day's token calls are spent, or an unread pair must age first."""


class TransientApiError(ExactOnlineError):
    """Network trouble, a time-out, a 5xx or a broken body: the same call may succeed later."""


class TooEarlyToRefresh(TransientApiError):
    """Exact refuses a refresh because the access token of the grant is younger than 570 s."""


class RequestTimedOut(TransientApiError):
    """Exact itself gave up on a request (408): the same one may do so again, a smaller one hardly."""


class RequestRejected(ExactOnlineError):
    """Exact refused the request itself. `status` is its HTTP status, `reason` Exact's own words."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class EndpointPaused(RequestRejected):
    """An endpoint of an administration failed so often within an hour that asking again would block the whole app."""


class AdministrationUnavailable(ExactOnlineError):
    """The whole administration cannot be read. `status` is the registry's word for it."""

    def __init__(self, message: str, status: str) -> None:
        super().__init__(message)
        self.status = status


class PaginationError(ExactOnlineError):
    """A next link repeats itself or leads to another host."""


class DataContractError(ExactOnlineError):
    """An answer breaks the protocol: no full envelope, a row without key, a row of another administration."""
