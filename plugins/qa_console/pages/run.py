"""The tab of a run in Airflow's own pages: where what the run published can be looked at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response

from qa_console import data
from qa_console.visit import Visit

router = APIRouter()

DAYS = "select distinct call_date from publications where run_id = ? order by call_date"


@router.get("/run")
def run(visit: Visit, run_id: Annotated[str, Query(max_length=300)], dag_id: str = "") -> Response:
    """The day that the run published or the gate refused; a choice where there are several, a sentence where none."""
    with visit.data() as page:
        days = [row["call_date"] for row in page.session.rows(DAYS, [run_id])]
        refused = [one.day for one in data.quarantined(page) if one.run_id == run_id] if visit.visible.everybody else []
    if len(days) == 1:
        return RedirectResponse(visit.url("/today", day=days[0]), status_code=303)
    if not days and len(refused) == 1:
        return RedirectResponse(visit.url(f"/runs/{refused[0]}"), status_code=303)
    return visit.page("run.html", days=days, dag_id=dag_id)
