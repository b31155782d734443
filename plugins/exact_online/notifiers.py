"""How a message reaches people: Airflow's own notifiers, chosen by EXACT_ONLINE_ALERTS.

`http:CONNECTION`, `slack:CONNECTION` or `smtp:CONNECTION:ADDRESS`, several separated by commas; the connections are
Airflow's. Knows nothing of what is told.
"""

from __future__ import annotations

import html
import logging
import os
from typing import TYPE_CHECKING

from exact_online.errors import ConfigError

if TYPE_CHECKING:
    from airflow.sdk.bases.notifier import BaseNotifier

CHANNELS = "EXACT_ONLINE_ALERTS"


def channels(subject: str, text: str) -> list[BaseNotifier]:
    """Return the notifiers for one message. Raises ConfigError for a channel that makes no sense."""
    return [_channel(word.strip(), subject, text) for word in os.environ.get(CHANNELS, "").split(",") if word.strip()]


def on_failure() -> list[BaseNotifier]:
    """Return what a DAG calls when a run of it failed: one message per run."""
    try:
        return channels("{{ dag.dag_display_name }} failed", "Run {{ run_id }} of {{ dag.dag_id }} failed.")
    except ConfigError as exc:
        # A slip of the pen must not keep the marts from being built; the watch turns red over it.
        logging.getLogger(__name__).warning("%s", exc)
        return []


def send(subject: str, text: str) -> int:
    """Send one message on every channel and return on how many. Raises what a channel raises."""
    found = channels(subject, text)
    for notifier in found:
        # Not called as Airflow does for callbacks: nothing of a message is a template, whatever Exact's words hold.
        notifier.notify({})
    return len(found)


def _channel(word: str, subject: str, text: str) -> BaseNotifier:
    kind, _, rest = word.partition(":")
    connection_id, _, address = rest.partition(":")
    if not connection_id or (kind == "smtp") != bool(address):
        raise ConfigError(f"{CHANNELS} must hold http:CONNECTION, slack:CONNECTION or smtp:CONNECTION:ADDRESS")
    if kind == "http":
        from airflow.providers.http.notifications.http import HttpNotifier

        return HttpNotifier(http_conn_id=connection_id, json={"subject": subject, "text": f"{subject}\n{text}"})
    if kind == "slack":
        from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

        # Slack's own three characters: an administration called <!channel> must not ring everybody's bell.
        body = html.escape(f"*{subject}*\n{text}", quote=False)
        return SlackWebhookNotifier(slack_webhook_conn_id=connection_id, text=body)
    if kind == "smtp":
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        body = f"<pre>{html.escape(text)}</pre>"
        return SmtpNotifier(smtp_conn_id=connection_id, to=address, subject=subject, html_content=body)
    raise ConfigError(f"{CHANNELS} names the channel {kind}; there are http, slack and smtp")
