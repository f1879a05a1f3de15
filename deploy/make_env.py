#!/usr/bin/env python3
"""Secrets for compose.yaml, made anew: `python3 deploy/make_env.py > .env && chmod 600 .env`. Needs nothing installed.

Keep the file: the database knows its password, and stored connections cannot be read without the Fernet key.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys

NAMES = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "STORE_SECRET_KEY", "AIRFLOW_JWT_SECRET", "AIRFLOW_SECRET_KEY")


def lines() -> list[str]:
    """`NAME=value`; hexadecimal, because they become parts of addresses. No GPU until somebody says so."""
    fernet = base64.urlsafe_b64encode(os.urandom(32)).decode()
    made = [f"{name}={secrets.token_hex(32)}" for name in NAMES]
    return ["COMPOSE_PROFILES=cpu", *made, f"AIRFLOW_FERNET_KEY={fernet}"]


if __name__ == "__main__":
    sys.stdout.write("\n".join([*lines(), ""]))
