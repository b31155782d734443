"""Who may import whom: read from the source, so that a wrong import is red before it hurts."""

from __future__ import annotations

import ast
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
    "token_calls": {"warehouse"},
    "vault": {"errors", "oauth", "cipher", "token_calls"},
    "refusals": {"errors", "odata"},
    "client": {"errors", "odata", "refusals"},
    "access": {"cipher", "client", "limits", "oauth", "vault"},
    "divisions": {"client", "errors"},
    "rights": {"catalogue", "client", "errors"},
    "quote": {"catalogue", "client", "errors", "limits"},
    "raw": {"catalogue", "warehouse"},
    "load_log": {"catalogue", "warehouse"},
    "passes": {"warehouse"},
    "drift": {"catalogue"},
    "load": {"catalogue", "drift", "errors", "load_log", "passes", "raw", "warehouse"},
    "comparison": {"warehouse"},
    "moves": {"catalogue", "passes", "warehouse"},
    "registry": {"errors", "cipher", "moves", "oauth", "vault", "warehouse"},
    "removals": {"catalogue", "registry", "warehouse"},
    "upkeep": {"errors", "oauth", "registry"},
    "due": {"catalogue", "errors", "warehouse"},
    "builds": {"warehouse"},
    "extract": {
        *("errors", "odata", "catalogue", "client", "drift", "load", "load_log", "oauth", "passes", "raw"),
    },
    "reconcile": {"catalogue", "comparison", "due", "errors", "extract", "load_log", "passes", "warehouse"},
    "recipe": {"catalogue", "due", "errors", "extract", "load_log", "moves", "quote"},
    "migrations": {"raw", "warehouse"},
    "dag_source": {"errors", "registry", "warehouse"},
    "dbt_build": set(),
    "airflow_api": {"errors"},
    "commands": {
        *("access", "airflow_api", "builds", "cipher", "client", "divisions", "environments", "errors", "migrations"),
        *("oauth", "registry", "removals", "warehouse"),
    },
    "__main__": {"commands", "environments", "errors"},
    "provider": {"environments"},
    "hook": {"access", "catalogue", "cipher", "client", "divisions", "environments", "errors", "registry"},
    "operators": {
        *("builds", "catalogue", "client", "dbt_build", "divisions", "errors", "extract", "hook", "load_log"),
        *("recipe", "reconcile", "registry", "upkeep", "vault"),
    },
}
MAY_IMPORT_AIRFLOW = {"hook", "operators"}
SQL_ONLY = {
    *("builds", "comparison", "due", "drift", "limits", "load", "load_log", "moves", "passes", "raw", "registry"),
    *("removals", "token_calls"),
}
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


def modules() -> dict[str, Path]:
    found = {path.stem: path for path in PACKAGE.glob("*.py")}
    return {**found, "migrations": PACKAGE / "migrations" / "__init__.py"}


def test_each_module_imports_only_layers_below_it():
    actual = {}
    for name, path in modules().items():
        ours = {each.split(".")[1] for each in imports_of(path) if each.startswith("exact_online.")}
        actual[name] = ours
    wrong = {name: ours - MAY_IMPORT.get(name, set()) for name, ours in actual.items()}
    assert set(actual) == set(MAY_IMPORT), "a new module must state its place above"
    assert {name: ours for name, ours in wrong.items() if ours} == {}


def test_only_hook_and_operators_import_airflow():
    with_airflow = {
        name for name, path in modules().items() if any(each.split(".")[0] == "airflow" for each in imports_of(path))
    }
    assert with_airflow == MAY_IMPORT_AIRFLOW


def test_database_modules_know_no_http_and_http_modules_no_database():
    def roots(names):
        return {root.split(".")[0] for name in names for root in imports_of(modules()[name])}

    assert "requests" not in roots(SQL_ONLY)
    assert "psycopg" not in roots(HTTP_ONLY)


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
