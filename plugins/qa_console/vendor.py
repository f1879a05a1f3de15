"""`python plugins/qa_console/vendor.py`: copy what pages load in the browser from node_modules to static/vendor.

`package.json` names the versions. Nothing comes from another server when a page is shown.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = HERE / "static" / "vendor"
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts.min.js": "echarts/dist/echarts.min.js",
    "wavesurfer.min.js": "wavesurfer.js/dist/wavesurfer.min.js",
    "wavesurfer-regions.min.js": "wavesurfer.js/dist/plugins/regions.min.js",
    "wavesurfer-timeline.min.js": "wavesurfer.js/dist/plugins/timeline.min.js",
    "wavesurfer-minimap.min.js": "wavesurfer.js/dist/plugins/minimap.min.js",
    "wavesurfer-hover.min.js": "wavesurfer.js/dist/plugins/hover.min.js",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "licenses/htmx.txt": "htmx.org/LICENSE",
    "licenses/echarts.txt": "echarts/LICENSE",
    "licenses/zrender.txt": "zrender/LICENSE",
    "licenses/wavesurfer.txt": "wavesurfer.js/LICENSE",
    "licenses/inter.txt": "@fontsource-variable/inter/LICENSE",
}
"""File of static/vendor by its source in node_modules."""


def copy(modules: Path = ROOT / "node_modules") -> None:
    """Copy every file, and take away what is no longer one of them."""
    shutil.rmtree(TARGET, ignore_errors=True)
    for name, source in FILES.items():
        (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, TARGET / name)


def missing() -> list[str]:
    """Files that set-up did not put there."""
    return [name for name in FILES if not (TARGET / name).is_file()]


def require() -> None:
    """Raises:
    SettingsError: a file is missing.
    """
    from callqa.errors import SettingsError

    if names := missing():
        raise SettingsError(f"the console lacks {', '.join(names)} in {TARGET}", remedy="run `make setup`")


if __name__ == "__main__":
    try:
        copy()
    except FileNotFoundError as error:
        sys.exit(f"no {error.filename}\n  remedy: npm ci, in {ROOT}")
