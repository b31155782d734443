"""What Airflow's connection form needs to know: the connection type `exact_online` and its fields.

Airflow finds this through the entry point in `plugins/exact_online_elt-*.dist-info`, which is why `plugins/` stands on
PYTHONPATH before Airflow starts.
"""

from __future__ import annotations

from typing import Any

from exact_online.environments import ENVIRONMENTS


def get_provider_info() -> dict[str, Any]:
    """Return the provider as Airflow's `provider.yaml` schema wants it."""
    return {
        "package-name": "exact-online-elt",
        "name": "Exact Online",
        "description": "Reads the books of Exact Online administrations.",
        "connection-types": [
            {
                "connection-type": "exact_online",
                "hook-class-name": "exact_online.hook.ExactOnlineHook",
                "hook-name": "Exact Online",
                "ui-field-behaviour": {
                    "hidden-fields": ["host", "schema", "port"],
                    "relabeling": {"login": "Client ID", "password": "Client secret"},
                    "placeholders": {"login": "of your app in Exact's App Centre"},
                },
                "conn-fields": {
                    "environment": {
                        "label": "Environment",
                        "description": "The country your books are in: " + ", ".join(ENVIRONMENTS),
                        "schema": {"type": "string", "enum": list(ENVIRONMENTS), "default": "nl"},
                    },
                    "redirect_uri": {
                        "label": "Redirect URI",
                        "description": "As registered with the app, letter by letter",
                        "schema": {"type": ["string", "null"], "format": "url"},
                    },
                    "base_url": {
                        "label": "Base URL",
                        "description": "Only for another server that speaks Exact's API",
                        "schema": {"type": ["string", "null"], "format": "url"},
                    },
                },
            }
        ],
    }
