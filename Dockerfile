# One image for every component: the locked packages and this checkout. Runs as an ordinary user, writes to /opt/airflow.
FROM python:3.11-slim-bookworm
WORKDIR /opt/exact-online
COPY requirements.txt .
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY bin bin
COPY dags dags
COPY plugins plugins
COPY dbt dbt
COPY stack stack
COPY sandbox sandbox
RUN useradd --uid 50000 --home-dir /opt/airflow --create-home exact
USER 50000
ENV AIRFLOW_HOME=/opt/airflow PYTHONPATH=/opt/exact-online:/opt/exact-online/plugins PYTHONDONTWRITEBYTECODE=1
VOLUME /opt/airflow
ENTRYPOINT ["bin/container"]
