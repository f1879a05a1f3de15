"""What this project's DAGs are called in Airflow, for whoever asks it about them or writes commands for it."""

from __future__ import annotations

DAILY = "daily_call_qa"
ARCHIVE_REPORT = "archive_report"
