"""Airflow's side of callqa."""
