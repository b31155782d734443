"""What arrives at Slack, in a mailbox and at a webhook: really sent, over the connections the README tells to make."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from exact_online.notifiers import on_failure
from tests.integration.tasks import look
from tests.readme import setting, settings
from tests.receivers import MailServer, Sink, listening, mail_server

pytestmark = pytest.mark.integration
SUBJECT = "Exact Online imports failed"
REASON = "failed: Exact says <!channel> & {{ 1 + 1 }}"
CHANNELS = "EXACT_ONLINE_ALERTS"


@pytest.fixture(params=["disable_ssl"])
def mailbox(request, tmp_path, monkeypatch) -> Iterator[MailServer]:
    """The mail server of the README's connection; or one that speaks TLS from the start, with what it says of that."""
    is_tls = request.param != "disable_ssl"
    with mail_server(tmp_path, "YOUR-LOGIN", "YOUR-PASSWORD", is_tls) as (server, certificate):
        address = (("smtp.example.com", "127.0.0.1"), ("587", str(server.port)), ("disable_ssl", request.param))
        monkeypatch.setenv("AIRFLOW_CONN_MAIL", setting("AIRFLOW_CONN_MAIL", *address))
        # A company's own authority would be known in the same way.
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        yield server


@pytest.fixture
def web(monkeypatch) -> Iterator[Sink]:
    """The web server of the README's other two connections."""
    with listening() as server:
        slack = setting("AIRFLOW_CONN_FINANCE", ("https://hooks.slack.com", server.url))
        monkeypatch.setenv("AIRFLOW_CONN_FINANCE", slack)
        monkeypatch.setenv(
            "AIRFLOW_CONN_PAGER", setting("AIRFLOW_CONN_PAGER", ("https://pager.example.com", server.url))
        )
        yield server


@pytest.fixture
def failed(connection, administration_id) -> None:
    """An administration whose import failed."""
    status, _, reason = REASON.partition(": ")
    connection.execute("update exact_ops.administrations set status = %s, status_reason = %s", (status, reason))


def secrets(connection) -> list[str]:
    """What no message may hold."""
    stored = connection.execute("select client_secret_ciphertext, token_ciphertext from exact_ops.integrations")
    known = ["access-1", "refresh-1", "app-secret", "YOUR-PASSWORD", os.environ["EXACT_ONLINE_FERNET_KEY"]]
    return known + [bytes(text).decode() for row in stored for text in row]


def holds_none(text: str, connection) -> bool:
    return not any(secret in text for secret in secrets(connection))


def test_slack_is_sent_a_text_in_which_nothing_is_markup(monkeypatch, web, failed, connection):
    monkeypatch.setenv(CHANNELS, "slack:finance")
    assert look() == {"open": 1, "messages": 1}
    (request,) = web.requests
    assert request.path == "/services/YOUR/WEBHOOK"
    assert request.headers["Content-Type"].startswith("application/json")
    escaped = REASON.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert web.got == [{"text": f"*{SUBJECT}*\nDemo (nl 77): {escaped}"}]
    assert holds_none(request.body.decode(), connection)


@pytest.mark.parametrize("mailbox", ["disable_ssl", "disable_tls"], ids=["STARTTLS", "TLS"], indirect=True)
def test_a_mail_is_sent_from_and_to_whom_the_settings_say(monkeypatch, mailbox, failed, connection):
    monkeypatch.setenv(CHANNELS, "smtp:mail:finance@example.com")
    assert look() == {"open": 1, "messages": 1}
    (envelope,), (message,) = mailbox.envelopes, mailbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("airflow@example.com", ["finance@example.com"])
    assert (message["From"], message["To"], message["Subject"]) == (envelope.mail_from, *envelope.rcpt_tos, SUBJECT)
    (part,) = message.get_payload()
    assert part.get_content_type() == "text/html"
    text = part.get_payload(decode=True).decode()
    assert text == "<pre>Demo (nl 77): failed: Exact says &lt;!channel&gt; &amp; {{ 1 + 1 }}</pre>"
    assert holds_none(envelope.content.decode() + text, connection)


def test_a_webhook_is_sent_subject_and_text_as_they_are(monkeypatch, web, failed, connection):
    monkeypatch.setenv(CHANNELS, "http:pager")
    assert look() == {"open": 1, "messages": 1}
    (request,) = web.requests
    assert request.path == "/alerts"
    assert web.got == [{"subject": SUBJECT, "text": f"{SUBJECT}\nDemo (nl 77): {REASON}"}]
    assert holds_none(request.body.decode(), connection)


def test_every_channel_of_the_readme_gets_the_message_once_and_once_that_it_is_over(
    monkeypatch, web, mailbox, failed, connection
):
    monkeypatch.setenv(CHANNELS, settings()[CHANNELS])
    assert look() == {"open": 1, "messages": 3}
    assert look() == {"open": 1, "messages": 0}
    connection.execute("update exact_ops.administrations set status = 'succeeded', last_succeeded_at = now()")
    assert look() == {"open": 0, "messages": 3}
    assert [request.path for request in web.requests] == ["/services/YOUR/WEBHOOK", "/alerts"] * 2
    assert [message["Subject"] for message in mailbox.messages] == [SUBJECT, f"Over: {SUBJECT}"]


def test_a_mail_that_is_refused_turns_the_look_red_and_is_sent_at_the_next(monkeypatch, mailbox, failed):
    monkeypatch.setenv(CHANNELS, "smtp:mail:finance@example.com")
    mailbox.is_down = True
    with pytest.raises(Exception, match="451"):
        look()
    assert mailbox.envelopes == []
    mailbox.is_down = False
    assert look() == {"open": 1, "messages": 1}
    assert [message["Subject"] for message in mailbox.messages] == [SUBJECT]


def test_a_failed_run_of_the_marts_is_one_message_on_every_channel(monkeypatch, web, mailbox):
    from airflow.sdk import DAG

    monkeypatch.setenv(CHANNELS, settings()[CHANNELS])
    dag = DAG(dag_id="exact_online_marts", dag_display_name="Exact Online marts", schedule=None)
    for notifier in on_failure():
        notifier({"dag": dag, "run_id": "manual__1"})
    subject, text = "Exact Online marts failed", "Run manual__1 of exact_online_marts failed."
    assert web.got == [{"text": f"*{subject}*\n{text}"}, {"subject": subject, "text": f"{subject}\n{text}"}]
    (message,) = mailbox.messages
    assert message["Subject"] == subject
    assert message.get_payload()[0].get_payload(decode=True).decode() == f"<pre>{text}</pre>"
