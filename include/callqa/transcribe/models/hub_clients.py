"""The two hubs: what they say they have, and how it is fetched. Their own libraries do the talking.

Proxies (`HTTPS_PROXY`, `NO_PROXY`), mirrors (`HF_ENDPOINT`, `MODELSCOPE_ENDPOINT`) and tokens (`HF_TOKEN`,
`MODELSCOPE_API_TOKEN`) are those libraries' environment variables.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol

from callqa import storage
from callqa.transcribe.models import model_check

HF_NAMES: Mapping[str, str] = {"iic/SenseVoiceSmall": "FunAudioLLM/SenseVoiceSmall"}
"""Models whose id differs between the hubs (FunASR's own table)."""
HF_BRANCHES: Mapping[str, str] = {"master": "main"}
"""ModelScope's default branch by Hugging Face's name for it."""


@dataclass(frozen=True)
class Announced:
    """A file as its hub describes it: with a digest of its bytes, or of its bytes as a Git object, or with neither."""

    size: int
    sha256: str | None = None
    git_sha1: str | None = None

    def difference(self, file: Path) -> str:
        """What of the file is not as announced; empty where all is."""
        if not file.is_file():
            return "missing"
        if file.stat().st_size != self.size:
            return f"{file.stat().st_size} bytes instead of {self.size}"
        if self.sha256 and storage.file_digest(file) != self.sha256:
            return f"its SHA-256 is not {self.sha256}"
        if not self.sha256 and self.git_sha1 and _git_sha1(file) != self.git_sha1:
            return f"its Git object is not {self.git_sha1}"
        return ""


def _git_sha1(file: Path) -> str:
    digest = hashlib.sha1(b"blob %d\0" % file.stat().st_size, usedforsecurity=False)
    digest.update(file.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Listing:
    """The files of a model at a revision."""

    commit: str | None
    """What the revision means now; None where the hub does not tell."""
    files: Mapping[str, Announced]

    def differences(self, folder: Path) -> dict[str, str]:
        """By file: what is not as the hub has it."""
        found = {name: announced.difference(folder / name) for name, announced in self.files.items()}
        return {name: what for name, what in found.items() if what}


class Client(Protocol):
    """One hub. Its library's errors come out as they are."""

    def listing(self, model: str, revision: str) -> Listing:
        """What it has: the files that make a model, and no others."""
        ...

    def fetch(self, model: str, revision: str, listing: Listing, into: Path) -> None:
        """Fetch the files of the listing; what an earlier try left in the folder is gone on with."""
        ...


class HuggingFace:
    """https://huggingface.co, or the mirror that HF_ENDPOINT names."""

    def listing(self, model: str, revision: str) -> Listing:
        """See `Client`; revision is a branch, tag or commit."""
        from huggingface_hub import HfApi
        from huggingface_hub.hf_api import RepoFile

        api, name = HfApi(endpoint=_hf_endpoint()), HF_NAMES.get(model, model)
        with _hf_online():
            commit = api.model_info(name, revision=HF_BRANCHES.get(revision, revision)).sha
            tree = [entry for entry in api.list_repo_tree(name, revision=commit) if isinstance(entry, RepoFile)]
        return Listing(commit, {file.path: _of_hf(file) for file in tree if is_wanted(file.path)})

    def fetch(self, model: str, revision: str, listing: Listing, into: Path) -> None:
        """See `Client`. The library's own `snapshot_download` begins anew after an interruption (2.4 does)."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils._headers import build_hf_headers

        into.mkdir(parents=True, exist_ok=True)
        name, revision = HF_NAMES.get(model, model), listing.commit or revision
        for file, announced in listing.files.items():
            if not announced.difference(into / file):
                continue
            url = hf_hub_url(name, file, revision=revision, endpoint=_hf_endpoint())
            part = into / f"{file}.{announced.sha256 or announced.git_sha1}.part"
            with _hf_online(), part.open("ab") as out:
                if out.tell() > announced.size:
                    out.truncate(0)
                http_get(url, out, resume_size=out.tell(), headers=build_hf_headers(), expected_size=announced.size)
            part.replace(into / file)


class ModelScope:
    """https://modelscope.cn, or the mirror that MODELSCOPE_ENDPOINT names."""

    def listing(self, model: str, revision: str) -> Listing:
        """See `Client`; revision is a branch or tag. ModelScope does not say which commit that is."""
        from modelscope_hub import HubApi, HubConfig

        files = HubApi(HubConfig()).list_repo_files(model, "model", revision=revision)
        wanted = {file.path: Announced(file.size, sha256=file.sha256) for file in files if is_wanted(file.path)}
        return Listing(None, wanted)

    def fetch(self, model: str, revision: str, listing: Listing, into: Path) -> None:
        """See `Client`."""
        from modelscope.hub.snapshot_download import snapshot_download
        from modelscope_hub import HubConfig

        endpoint = HubConfig().endpoint  # the library would remember, for good, what the environment said first
        snapshot_download(
            model, revision=revision, local_dir=str(into), allow_patterns=list(listing.files), endpoint=endpoint
        )


CLIENTS: dict[str, Client] = {"ms": ModelScope(), "hf": HuggingFace()}


def is_wanted(path: str) -> bool:
    """Whether a file of a hub's folder is one that a model is made of, and not a recording or a picture."""
    return "/" not in path and any(fnmatch(path, pattern) for pattern in model_check.PURPOSES)


def _of_hf(file: object) -> Announced:
    lfs = getattr(file, "lfs", None)
    return Announced(
        size=int(getattr(file, "size")),  # noqa: B009 - the library has no types
        sha256=lfs.sha256 if lfs else None,
        git_sha1=getattr(file, "blob_id", None),
    )


def _hf_endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


@contextmanager
def _hf_online() -> Iterator[None]:
    """Undo what importing the library under loading's HF_HUB_OFFLINE did, unless the user asked for it."""
    from huggingface_hub import constants

    kept = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = os.environ.get("HF_HUB_OFFLINE", "").upper() in constants.ENV_VARS_TRUE_VALUES
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = kept
