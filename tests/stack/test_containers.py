"""What docker-compose.yml and the Dockerfile promise, as far as it can be had without an engine.

Both generations of compose read the file; what the containers run first runs here for real, on a real PostgreSQL.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yaml
from cryptography.fernet import Fernet

from stack import ports
from stack.postgres import EmbeddedPostgres
from stack.settings import ROOT
from tests import readme

pytestmark = pytest.mark.integration
COMPOSE = ROOT / "docker-compose.yml"
V2 = str(Path(sys.executable).with_name("docker-compose"))
PROFILES = ["--profile", "https", "--profile", "sandbox"]
AIRFLOW = {"airflow-init", "api-server", "scheduler", "dag-processor", "triggerer", "worker"}
SECRETS = {"postgres_password", "redis_password", "admin_password", "fernet_key", "jwt_secret", "session_secret"}


@pytest.fixture(params=["v1", "v2"])
def compose(request) -> str:
    """Each generation of the program. `.ci/run` installs the old one and ends where it cannot."""
    if request.param == "v2":
        return V2
    done = subprocess.run([ROOT / "bin" / "docker-compose-v1"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(done.stderr.strip())
    return done.stdout.strip()


def config(program: str, file: Path, *arguments: str, env_file: Path | None = None) -> subprocess.CompletedProcess:
    """Let compose read a file as if it stood in the project."""
    where = ["--project-directory", str(ROOT), *(["--env-file", str(env_file)] if env_file else [])]
    command = [program, *PROFILES, *where, "-f", str(file), "config", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_PORT")}
    return subprocess.run(command, env=clean, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def services() -> dict[str, dict]:
    """The services as compose v2 understands them."""
    done = config(V2, COMPOSE, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["services"]


def test_both_generations_of_compose_accept_the_file(compose):
    done = config(compose, COMPOSE, "-q")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("before", "after"), [("mem_limit: 256m", "memory: 256m"), ("service_healthy", "healthy")])
def test_both_refuse_what_they_do_not_know(compose, tmp_path, before, after):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(COMPOSE.read_text("utf-8").replace(before, after, 1), "utf-8")
    assert config(compose, wrong, "-q").returncode != 0


def environments(program: str, env_file: Path) -> dict[str, dict[str, str]]:
    """Return what each of Airflow's components gets from compose, as text."""
    done = config(program, COMPOSE, env_file=env_file)
    assert done.returncode == 0, done.stderr
    found = yaml.safe_load(done.stdout)["services"]
    return {name: {key: str(value) for key, value in found[name]["environment"].items()} for name in AIRFLOW}


def test_what_the_readme_tells_to_set_reaches_every_component(compose, tmp_path):
    told = {name: value for name, value in readme.settings().items() if not name.startswith("AIRFLOW_CONN_")}
    prose = set(re.findall(r"`(EXACT_ONLINE_[A-Z_]+)", readme.production())) - {"EXACT_ONLINE_FERNET_KEY"}
    told |= {name: "https://mine.example.com/of" for name in sorted(prose - told.keys())}
    own = tmp_path / "own.env"
    own.write_text("".join(f"{name}={value}\n" for name, value in told.items()), "utf-8")
    for name, got in environments(compose, own).items():
        assert {key: got.get(key) for key in told} == told, name


def test_the_example_of_an_environment_sets_nothing_that_airflow_cannot_read(compose):
    for got in environments(compose, ROOT / ".env.example").values():
        assert got["AIRFLOW__METRICS__STATSD_ON"] == got["AIRFLOW__METRICS__OTEL_ON"] == "False"
        assert int(got["AIRFLOW__METRICS__STATSD_PORT"]) and int(got["AIRFLOW__CORE__PARALLELISM"])
        assert got["AIRFLOW__EXACT_ONLINE__TASKS_PER_ADMINISTRATION"] == "4"
        assert got["AIRFLOW__OPENLINEAGE__TRANSPORT"] == got["EXACT_ONLINE_ALERTS"] == ""
        assert got["EXACT_ONLINE_DBT_CONNECTION"] == "warehouse"


def test_everything_the_issue_names_is_there(services):
    assert services.keys() == AIRFLOW | {"postgres", "redis", "https", "sandbox"}
    assert {name: each["profiles"] for name, each in services.items() if "profiles" in each} == {
        "https": ["https"],
        "sandbox": ["sandbox"],
    }
    assert "container_name" not in services["worker"], "or it could not be scaled"
    assert services["postgres"]["image"] == "postgres:18"
    assert services["postgres"]["volumes"][0]["target"] == "/var/lib/postgresql", "where 18 keeps its data"


def test_every_service_restarts_is_limited_watched_and_hardened(services):
    for name, each in services.items():
        once = name == "airflow-init"
        assert each["restart"] == ("no" if once else "unless-stopped"), name
        assert int(each["mem_limit"]) > 0 and float(each["cpus"]) > 0, name
        assert each["read_only"] is True, name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        assert once or name == "https" or "test" in each["healthcheck"], name
        assert name == "postgres" or each["cap_drop"] == ["ALL"], name
        assert all(volume["type"] == "volume" for volume in each.get("volumes", [])), name
        outside = [port["published"] for port in each.get("ports", []) if port.get("host_ip") != "127.0.0.1"]
        assert outside == (["80", "443"] if name == "https" else []), name


def test_no_secret_stands_in_the_file(services):
    for name, each in services.items():
        named = {key for key in each.get("environment", {}) if "PASSWORD" in key or "SECRET" in key or "KEY" in key}
        assert named <= {"POSTGRES_PASSWORD_FILE"}, name
        if name not in ("sandbox", "https"):
            assert {secret["source"] for secret in each["secrets"]} <= SECRETS, name
    readers = {
        name for name, each in services.items() for s in each.get("secrets", []) if s["source"] == "admin_password"
    }
    assert readers == {"airflow-init"}


def test_the_dockerfile_is_clean_and_the_linter_sees_what_is_not(tmp_path):
    lint = [str(Path(sys.executable).with_name("hadolint"))]
    done = subprocess.run([*lint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "Dockerfile"
    wrong.write_text((ROOT / "Dockerfile").read_text("utf-8").replace("--no-cache-dir ", ""), "utf-8")
    assert "DL3042" in subprocess.run([*lint, wrong], capture_output=True, text=True, check=False).stdout


def test_the_image_copies_what_there_is_and_is_no_root():
    words = [line.split() for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if line]
    copied = {line[1] for line in words if line[0] == "COPY"}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)
    assert [line[1] for line in words if line[0] == "USER"] == ["50000"]
    assert [line[1:] for line in words if line[0] == "ENTRYPOINT"] == [['["bin/container"]']]


@pytest.fixture
def made_secrets(tmp_path) -> Path:
    folder = tmp_path / "secrets"
    subprocess.run([ROOT / "bin" / "secrets", folder], check=True, capture_output=True)
    return folder


def test_secrets_are_random_private_good_and_kept(made_secrets):
    texts = {path.name: path.read_text("utf-8") for path in made_secrets.iterdir()}
    assert texts.keys() == SECRETS
    assert len(set(texts.values())) == len(SECRETS)
    assert stat.S_IMODE(made_secrets.stat().st_mode) == 0o700
    assert Fernet(texts["fernet_key"])
    assert len(texts["jwt_secret"]) >= 64
    subprocess.run([ROOT / "bin" / "secrets", made_secrets], check=True, capture_output=True)
    assert {path.name: path.read_text("utf-8") for path in made_secrets.iterdir()} == texts


def container(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a command as the image does: through its entry point, with the secrets that are mounted."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}",
        "SECRETS_MOUNT": str(folder),
        **variables,
    }
    return subprocess.run(
        ["bin/container", *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_container_starts_with_its_secrets_or_says_which_is_missing(made_secrets):
    done = container(made_secrets, "env", AIRFLOW__CORE__PARALLELISM="99", AIRFLOW__CORE__EXECUTOR="LocalExecutor")
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    password = (made_secrets / "postgres_password").read_text("utf-8")
    assert (
        found["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"postgresql+psycopg2://exact:{password}@postgres:5432/airflow"
    )
    assert json.loads(found["AIRFLOW_CONN_WAREHOUSE"])["password"] == password
    assert (found["AIRFLOW__CORE__PARALLELISM"], found["AIRFLOW__CORE__EXECUTOR"]) == ("99", "LocalExecutor")
    assert (made_secrets / "admin_password").read_text("utf-8") not in done.stdout
    (made_secrets / "fernet_key").unlink()
    failed = container(made_secrets, "env")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "fernet_key" in failed.stderr


def test_airflow_init_prepares_an_empty_server_and_one_that_is_prepared(made_secrets, tmp_path):
    (made_secrets / "postgres_password").write_text("p@ss w/ord:%", "utf-8")
    server = EmbeddedPostgres(tmp_path / "postgres", ports.free_port(), "p@ss w/ord:%", durable=False)
    server.start()
    try:
        server.create_database("warehouse")
        home = tmp_path / "home"
        home.mkdir()
        variables = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(server.port), "AIRFLOW_HOME": str(home)}
        for _ in range(2):
            done = container(made_secrets, "bin/prepare-container", HOME=str(home), **variables)
            assert done.returncode == 0, done.stderr[-3000:]
        with psycopg.connect(server.conninfo("airflow")) as connection:
            assert connection.execute("select username from ab_user").fetchall() == [("admin",)]
        with psycopg.connect(server.conninfo("warehouse")) as connection:
            assert connection.execute("select count(*) from exact_ops.integrations").fetchall() == [(0,)]
        passwords = home / "passwords.json"
        admin = (made_secrets / "admin_password").read_text("utf-8")
        assert json.loads(passwords.read_text("utf-8")) == {"admin": admin}
        assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    finally:
        server.stop()
