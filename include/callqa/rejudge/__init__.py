"""Rules run again over the archive: new outcomes of published days from their turns, no audio touched.

`rejudge` does a range of days in one process; `steps` are what it and the DAG `rejudge_archive` are made of.
"""

from callqa.rejudge.choice import Choice
from callqa.rejudge.days import check, rejudge

__all__ = ["Choice", "check", "rejudge"]
