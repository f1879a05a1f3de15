"""The data-quality gate: the day's files are audited before anybody can see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from callqa import contracts, storage
from callqa.contracts import GateResult
from callqa.settings import GateSettings

VERSION = "3"
"""Of the checks; a change audits every run anew."""


def run(
    exported: dict[str, Any], *, manifest: str, run_dir: str, settings: GateSettings, history: str | None = None
) -> dict[str, Any]:
    """Audit export's files against the manifest and the thresholds; the verdict is a result, not an error.

    `history` is a Parquet file of `contracts.Measure`, the days published before (`warehouse.past`); without it
    comparisons with them say so.

    `result` names a JSON file: `id` (digest of the rest), `day`, `passed`, `files` (SHA-256 of each audited file, by
    table: publish takes no other), `counts` of rows, `outcomes`, and `checks`, each with `id`, `table`, `severity`,
    `sentence` (and `sentence_zh`), `result` (one of contracts.GATE_RESULTS), `success`, `observed`, `threshold`, up to
    twenty `samples` of offending rows, of history the `parts` that were compared, and a `note` where there was nothing
    to check or the check itself failed, which counts as a blocking failure. `results` names the same as Parquet rows
    of `contracts.GateResult`, `page` as one HTML file.

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
        storage.file_digest(history) if history else None,
    ]

    def make() -> dict[str, Any]:
        from callqa.gate import audit

        result = audit.result(exported, manifest, digests, settings, history, folder)
        return _verdict(result, folder)

    return storage.once(folder / "result.json", inputs, make)


def _verdict(result: dict[str, Any], folder: Path) -> dict[str, Any]:
    from callqa.gate import page, results

    failed = [check for check in result["checks"] if not check["success"]]
    return {
        "passed": result["passed"],
        "result": storage.write_json(folder / "audit.json", result),
        "results": storage.write_rows(folder / "results.parquet", GateResult, results.rows(result)),
        "page": page.write(folder / "page.html", result),
        "result_id": result["id"],
        "blocking": [check["id"] for check in failed if check["severity"] == "blocking"],
        "warnings": [check["id"] for check in failed if check["severity"] == "warning"],
    }
