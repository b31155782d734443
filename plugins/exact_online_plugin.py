"""Registers the plugin with Airflow: the only file Airflow's plugin loader imports (see .airflowignore)."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class ExactOnlinePlugin(AirflowPlugin):
    """Exact Online: extraction, registry and hook. Importing it opens nothing and reads nothing."""

    name = "exact_online"
