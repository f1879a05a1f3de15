"""The data-quality gate: the day's files are audited before anybody can see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from callqa import contracts, storage
from callqa.settings import GateSettings

VERSION = "2"
"""Of the checks; a change audits every run anew."""


def run(exported: dict[str, Any], *, manifest: str, run_dir: str, settings: GateSettings) -> dict[str, Any]:
    """Audit export's files against the manifest and the thresholds; the verdict is a result, not an error.

    `result` names a JSON file: `id` (digest of the rest), `day`, `passed`, `files` (SHA-256 of each audited file, by
    table: publish takes no other), `counts` of rows, `outcomes`, and `checks`, each with `id`, `table`, `severity`,
    `sentence`, `success`, `observed`, `threshold`, at most ten `samples` of offending rows, and a `note` where there
    was nothing to check or the check itself failed, which counts as a blocking failure.

    Raises:
        StageError: a file is missing or not Parquet.
    """
    folder = Path(run_dir) / "gate"
    files = {table: str(exported[table]) for table in contracts.TABLES}
    digests = {table: storage.file_digest(path) for table, path in files.items()}
    inputs = [
        VERSION,
        exported["day"],
        digests,
        storage.file_digest(manifest),
        exported["outcomes"],
        settings.model_dump(),
    ]

    def make() -> dict[str, Any]:
        from callqa.gate import audit

        result = audit.result(exported, manifest, digests, settings)
        return _verdict(result, storage.write_json(folder / "audit.json", result))

    return storage.once(folder / "result.json", inputs, make)


def _verdict(result: dict[str, Any], path: str) -> dict[str, Any]:
    failed = [check for check in result["checks"] if not check["success"]]
    return {
        "passed": result["passed"],
        "result": path,
        "result_id": result["id"],
        "blocking": [check["id"] for check in failed if check["severity"] == "blocking"],
        "warnings": [check["id"] for check in failed if check["severity"] == "warning"],
    }
