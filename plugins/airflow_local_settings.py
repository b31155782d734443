"""Airflow imports the module of this name as each component starts. One in its folder `config` counts as well."""

from pathlib import Path

from airflow.configuration import AIRFLOW_HOME, conf

from exact_online.preload import preload, settings_in

# `AIRFLOW__EXACT_ONLINE__PRELOAD=False`: each task takes the code as it stands, for who changes it.
if conf.getboolean("exact_online", "preload", fallback=True):
    preload()
_of_the_deployment = settings_in(Path(AIRFLOW_HOME) / "config")
globals().update(_of_the_deployment)
__all__ = list(_of_the_deployment)
