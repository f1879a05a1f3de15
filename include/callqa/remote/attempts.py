"""What is asked of a storage, asked again where it may answer later, and said in one way where it does not."""

from __future__ import annotations

import errno
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from callqa.errors import CallQAError, SourceError, UnreachableError
from callqa.remote.address import hidden, is_http, is_local, shown

ATTEMPTS = 4
FIRST_WAIT = 0.5
"""Seconds before the second attempt; doubled before each further one, with jitter."""
PASSING = frozenset(
    {
        *(errno.ETIMEDOUT, errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED, errno.EPIPE, errno.EIO),
        *(errno.EAGAIN, errno.EBUSY, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.ESTALE),
    }
)
"""What the system calls troubles of a network."""
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP's answers that may be another one later (RFC 9110, RFC 6585)."""
REFUSED = frozenset({401, 403, 407})

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


class ChangingError(OSError):
    """A file is still being written; a moment later it may be whole."""


def attempt(uri: str, storage: Mapping[str, Any], action: Callable[[Any, str], Answer], what: str = "read") -> Answer:
    """What `action` answers, given the fsspec file system of a URI and the path there; tried again after a trouble.

    `action` may be called several times and begins anew each time.

    Raises:
        FileNotFoundError: there is nothing of that name.
        UnreachableError: the storage did not answer, several times.
        SourceError: it refuses.
        ChangingError: `action` raised it each time.
        CallQAError: whatever `action` raises of these.
    """
    from callqa.remote.systems import filesystem

    number = 1
    while True:
        try:
            return action(*filesystem(uri, storage, fresh=number > 1))
        except (CallQAError, MemoryError):
            raise
        except Exception as raised:  # storages have errors of their own, of packages that are not always there
            error = _meant(uri, raised)
            if isinstance(error, FileNotFoundError):
                raise
            if is_local(uri) or not is_passing(error):
                raise _refusal(uri, storage, error, what) from None
            if number == ATTEMPTS:
                if isinstance(error, ChangingError):
                    raise
                raise _silence(uri, storage, error, what) from None
            log.warning("%s: %s; asked again", shown(uri), _said(error, storage))
            time.sleep(FIRST_WAIT * 2 ** (number - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
            number += 1


def kind(system: Any, path: str) -> str:
    """`directory`, `file` or another: what lies there now, as an action of `attempt`.

    Not fsspec's `exists` and `isdir`: they say no where the connection breaks, too, and a day would look empty, a
    recording deleted.

    Raises:
        FileNotFoundError: there is nothing.
    """
    system.invalidate_cache()
    return str(system.info(path)["type"])


def _meant(uri: str, error: Exception) -> BaseException:
    """fsspec calls whatever a web server answers, and that it does not, a file that is not found."""
    cause = error.__cause__
    if is_http(uri) and isinstance(error, FileNotFoundError) and cause and _status(cause) != 404:
        return cause
    return error


def is_passing(error: BaseException) -> bool:
    """Whether the same question may have an answer later."""
    status = _status(error)
    if status is not None:
        return status in BUSY
    if isinstance(error, ConnectionError | TimeoutError | EOFError):
        return True
    kind = type(error)
    if kind.__module__.startswith("paramiko"):
        return kind.__name__ in ("SSHException", "ChannelException", "ProxyCommandFailure")
    if kind.__module__.startswith("botocore"):
        return kind.__name__ not in ("NoCredentialsError", "PartialCredentialsError", "ParamValidationError")
    if kind.__module__.startswith("aiohttp"):
        return kind.__name__ not in ("InvalidURL", "InvalidUrlClientError", "TooManyRedirects")
    # SFTP servers say "Failure" or "Socket is closed", without a number.
    named = isinstance(error, PermissionError | IsADirectoryError | NotADirectoryError | FileExistsError)
    return isinstance(error, OSError) and not named and (error.errno is None or error.errno in PASSING)


def _status(error: BaseException) -> int | None:
    """HTTP's, of aiohttp's errors and botocore's."""
    status = getattr(error, "status", None)
    if status is None and isinstance(response := getattr(error, "response", None), dict):
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else None


def _said(error: BaseException, storage: Mapping[str, Any]) -> str:
    text = hidden(" ".join(str(error).split()), storage)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _silence(uri: str, storage: Mapping[str, Any], error: BaseException, what: str) -> UnreachableError:
    return UnreachableError(
        f"cannot {what} {shown(uri)}: asked {ATTEMPTS} times, last {_said(error, storage)}",
        remedy="see that the storage is up and can be reached from here; the same run goes on where it stopped",
    )


def _refusal(uri: str, storage: Mapping[str, Any], error: BaseException, what: str) -> SourceError:
    said = _said(error, storage)
    if isinstance(error, ImportError) or ("not known" in said and isinstance(error, ValueError)):
        return SourceError(
            f"cannot open the source {shown(uri)}: {said}",
            remedy="install the package of that storage (s3fs, paramiko, gcsfs, ossfs …) or correct source.root",
        )
    denied = isinstance(error, PermissionError) or _status(error) in REFUSED
    remedy = "check the permissions of the source"
    if not is_local(uri) and (denied or "redential" in said):
        remedy += "; what opens it is source.connection in Airflow, CALLQA_SOURCE__STORAGE__… elsewhere"
    return SourceError(f"cannot {what} {shown(uri)}: {said}", remedy=remedy)
