-- The Iceberg catalog's database, beside Airflow's.
CREATE DATABASE callqa;
