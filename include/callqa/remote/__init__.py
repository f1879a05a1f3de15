"""Files of the source wherever they lie: opened with the credentials that this process was given, and tried again.

Credentials are `SourceSettings.storage`: they stay in memory, and never get into a message, a log or a file.
"""

from callqa.remote.address import is_local, join, local_path, readable, scheme, shown, streamed
from callqa.remote.attempts import ChangingError, attempt, kind

__all__ = [
    "ChangingError",
    "attempt",
    "is_local",
    "join",
    "kind",
    "local_path",
    "readable",
    "scheme",
    "shown",
    "streamed",
]
