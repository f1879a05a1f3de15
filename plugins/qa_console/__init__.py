"""The console: what a quality team looks at, listens to and decides, inside Airflow's own web interface."""
