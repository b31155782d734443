"""Who may import whom: read from the source, so that a wrong import is red before it hurts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "plugins" / "exact_online"

#: module -> the modules of the plugin it may import. Listing them all makes a new module state its place.
MAY_IMPORT = {
    "__init__": set(),
    "errors": set(),
    "environments": {"errors"},
    "odata": {"errors"},
    "catalogue": {"errors"},
    "warehouse": {"errors"},
    "cipher": {"errors"},
    "oauth": {"errors"},
    "limits": {"errors", "warehouse"},
    "error_budget": {"errors"},
    "token_calls": {"warehouse"},
    "vault": {"errors", "oauth", "cipher", "token_calls"},
    "refusals": {"errors", "odata"},
    "client": {"errors", "odata", "refusals"},
    "access": {"cipher", "client", "limits", "oauth", "error_budget", "vault"},
    "divisions": {"client", "errors"},
    "rights": {"catalogue", "client", "errors"},
    "quote": {"catalogue", "client", "errors", "limits"},
    "incoming": set(),
    "raw": {"catalogue", "incoming", "warehouse"},
    "load_log": {"catalogue", "warehouse"},
    "ahead": set(),
    "passes": {"warehouse"},
    "drift": {"catalogue"},
    "load": {"catalogue", "drift", "errors", "incoming", "load_log", "passes", "raw", "warehouse"},
    "comparison": {"warehouse"},
    "moves": {"catalogue", "passes", "warehouse"},
    "signing": {"cipher", "errors"},
    "rekeying": {"cipher"},
    "roles": set(),
    "logins": {"cipher", "errors", "oauth", "signing"},
    "apps": {"cipher", "errors", "oauth"},
    "nights": {"errors"},
    "manage": {"errors", "nights"},
    "removing": {"errors", "registry", "removals"},
    "mapping": {"errors", "warehouse"},
    "overview": {"builds", "catalogue", "registry"},
    "connecting": {"access", "cipher", "client", "divisions", "errors", "logins", "oauth", "registry", "signing"},
    "choosing": {"access", "cipher", "client", "divisions", "errors", "registry", "warehouse"},
    "figures": set(),
    "symptoms": {"builds", "figures", "registry", "warehouse"},
    "doctor": {
        *("access", "cipher", "client", "divisions", "errors", "registry", "rights", "symptoms", "warehouse"),
    },
    "registry": {"errors", "cipher", "moves", "oauth", "vault", "warehouse"},
    "outcomes": set(),
    "removals": {"catalogue", "registry", "warehouse"},
    "upkeep": {"errors", "oauth", "registry"},
    "alerts": {"figures", "manage", "upkeep"},
    "notifiers": {"errors"},
    "metrics": {"load_log"},
    "lineage": {"catalogue"},
    "due": {"catalogue", "errors", "warehouse"},
    "builds": {"warehouse"},
    "extract": {
        *(
            "ahead",
            "errors",
            "ahead",
            "odata",
            "catalogue",
            "client",
            "drift",
            "incoming",
            "load",
            "load_log",
            "oauth",
            "passes",
            "raw",
        ),
    },
    "reconcile": {"catalogue", "comparison", "due", "errors", "extract", "load_log", "passes", "warehouse"},
    "recipe": {"catalogue", "due", "errors", "extract", "load_log", "moves", "quote"},
    "raw_tables": {"catalogue"},
    "migrations": {"raw_tables", "warehouse"},
    "dag_source": {"errors", "registry", "warehouse"},
    "dbt_build": set(),
    "airflow_api": {"errors"},
    "commands": {
        *("airflow_api", "apps", "choosing", "cipher", "connecting", "doctor", "environments", "errors", "migrations"),
        *("oauth", "overview", "registry", "rekeying", "removals", "roles", "signing", "warehouse"),
    },
    "management": {
        *("access", "airflow_api", "choosing", "cipher", "commands", "errors", "manage", "mapping", "nights"),
        *("quote", "registry", "removing", "rights"),
    },
    "__main__": {"commands", "doctor", "environments", "errors", "manage", "management"},
    "web": {
        *("access", "airflow_api", "apps", "builds", "catalogue", "choosing", "cipher", "connecting", "doctor"),
        *("environments", "errors", "figures", "manage", "mapping", "oauth", "overview", "quote", "registry"),
        *("removing", "rights", "signing", "symptoms", "warehouse"),
    },
    "provider": {"environments"},
    "preload": set(),
    "hook": {"access", "catalogue", "cipher", "client", "divisions", "environments", "errors", "registry"},
    "operators": {
        *("alerts", "lineage", "metrics", "notifiers", "rights"),
        *("builds", "catalogue", "client", "dbt_build", "divisions", "errors", "extract", "hook", "load_log"),
        *("outcomes", "recipe", "reconcile", "registry", "upkeep", "vault"),
    },
}
MAY_IMPORT_AIRFLOW = {"hook", "lineage", "metrics", "notifiers", "operators", "web"}
SQL_ONLY = {
    *(
        "builds",
        "comparison",
        "due",
        "drift",
        "error_budget",
        "limits",
        "load",
        "load_log",
        "moves",
        "passes",
        "raw",
        "registry",
    ),
    *("removals", "token_calls", "logins", "apps", "manage", "removing", "mapping", "overview", "figures", "symptoms"),
    *("alerts", "outcomes", "rekeying", "roles"),
}
#: What reads the marts; everything else leaves them to dbt.
READS_MARTS = {"figures"}
HTTP_ONLY = {"client", "oauth"}


def imports_of(path: Path) -> set[str]:
    """Return every imported module, `from a import b` as `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules() -> dict[str, list[Path]]:
    """Return the files of each module; a folder of the package is one module."""
    found = {path.stem: [path] for path in PACKAGE.glob("*.py")}
    folders = {name: sorted((PACKAGE / name).rglob("*.py")) for name in ("figures", "web")}
    return {**found, **folders, "migrations": [PACKAGE / "migrations" / "__init__.py"]}


def imports_of_module(name: str) -> set[str]:
    return {each for path in modules()[name] for each in imports_of(path)}


def test_each_module_imports_only_layers_below_it():
    actual = {}
    for name in modules():
        ours = {each.split(".")[1] for each in imports_of_module(name) if each.startswith("exact_online.")}
        actual[name] = ours - {name}
    wrong = {name: ours - MAY_IMPORT.get(name, set()) for name, ours in actual.items()}
    assert set(actual) == set(MAY_IMPORT), "a new module must state its place above"
    assert {name: ours for name, ours in wrong.items() if ours} == {}


def test_only_hook_operators_and_web_import_airflow():
    with_airflow = {
        name for name in modules() if any(each.split(".")[0] == "airflow" for each in imports_of_module(name))
    }
    assert with_airflow == MAY_IMPORT_AIRFLOW


def test_database_modules_know_no_http_and_http_modules_no_database():
    def roots(names):
        return {root.split(".")[0] for name in names for root in imports_of_module(name)}

    assert "requests" not in roots(SQL_ONLY)
    assert "psycopg" not in roots(HTTP_ONLY)


def test_only_figures_read_the_marts_and_they_read_nothing_else():
    texts = {name: "\n".join(path.read_text("utf-8") for path in paths) for name, paths in modules().items()}
    reading = {name for name, text in texts.items() if re.search(r"\b(?:from|join)\s+marts\.", text)}
    assert reading == READS_MARTS
    assert not re.search(r"\b(?:from|join)\s+(?:exact_raw|exact_ops|staging|intermediate)\.", texts["figures"])


def test_sandbox_and_plugin_know_nothing_of_each_other():
    sandbox = {each for path in (ROOT / "sandbox").rglob("*.py") for each in imports_of(path)}
    assert not {each for each in sandbox if each.startswith("exact_online")}
    plugin = {each for path in PACKAGE.rglob("*.py") for each in imports_of(path)}
    assert not {each for each in plugin if each.split(".")[0] in ("sandbox", "stack", "tests")}


def test_plugin_and_dbt_name_no_administration_of_the_sandbox():
    texts = [
        path
        for folder in ("plugins", "dags", "dbt")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".sql", ".yml", ".toml") and "target" not in path.parts
    ]
    assert not [path for path in texts if "100000" in path.read_text("utf-8") or "sandbox" in path.read_text("utf-8")]
