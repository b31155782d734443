"""The pages "Exact Online" inside the Airflow UI. `app.build_app` makes them; nothing happens on import."""
