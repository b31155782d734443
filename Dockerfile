# One image for every component: the locked packages and this checkout.
FROM python:3.11-slim
WORKDIR /opt/exact-online
COPY requirements.txt .
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY bin bin
COPY dags dags
COPY plugins plugins
COPY dbt dbt
RUN useradd --create-home exact && mkdir /opt/airflow && chown exact /opt/airflow
USER exact
ENV AIRFLOW_HOME=/opt/airflow PYTHONPATH=/opt/exact-online/plugins
