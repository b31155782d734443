"""Registers the plugin with Airflow: the only file Airflow's plugin loader imports (see .airflowignore)."""

from __future__ import annotations

import functools
from typing import Any

from airflow.plugins_manager import AirflowPlugin


class ExactOnlinePlugin(AirflowPlugin):
    """Exact Online: the pages in Airflow's UI. Importing it opens nothing and reads nothing."""

    name = "exact_online"

    #: A frame of our own inside Airflow's page: from the one Airflow makes nobody gets to Exact's login.
    react_apps = [  # noqa: RUF012 - Airflow's loader reads the class attribute
        {
            "name": "Exact Online",
            "bundle_url": "exact-online/static/frame.js",
            "icon": "exact-online/static/icon.svg",
            "icon_dark_mode": "exact-online/static/icon-dark.svg",
            "url_route": "exact-online",
            "destination": "nav",
            "nav_top_level": True,
        }
    ]

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The pages, made when the api-server asks: scheduler and tasks load none of it."""
        return [{"app": _app(), "url_prefix": "/exact-online", "name": "Exact Online"}]


@functools.cache
def _app() -> Any:
    from exact_online.web.app import build_app

    return build_app()
