"""What is deployed is read with Airflow's own code: from a home of the tests' own, as the DAGs' tests have it."""

import tests.dags.conftest  # noqa: F401 - sets AIRFLOW_HOME before anything imports airflow
