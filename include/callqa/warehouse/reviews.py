"""What people say of the rules' outcomes: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Sequence

from callqa import arrow
from callqa.contracts import REVIEWED, VERDICTS, Review
from callqa.errors import UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import erased, writer


def add_reviews(lake: LakeSettings, reviews: Sequence[Review]) -> None:
    """Append reviews; to change one's mind is to add another, the newest counts.

    All of them appear at once. They are of calls that are published, but no publication is needed for them to stay:
    a day that is published again keeps its reviews.

    Raises:
        UsageError: a verdict or an outcome is none that we know, a time has no zone, or the call was erased.
        StageError: the warehouse cannot be written.
    """
    for review in reviews:
        _check(review)
    if not reviews:
        return
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        for day in {review.call_date for review in reviews}:
            gone = erased.of_day(catalog, day).among(review.call_id for review in reviews if review.call_date == day)
            if gone:
                raise erased.nothing_left(day, "reviewed")
        writer.append(catalog, catalogs.REVIEWS, arrow.to_table(Review, reviews))


def _check(review: Review) -> None:
    of = f"review of {review.rule} on call {review.call_id} of {review.call_date}"
    for name, known in (("verdict", VERDICTS), ("outcome", REVIEWED)):
        if getattr(review, name) not in known:
            raise UsageError(f"{of}: {name} = {getattr(review, name)!r}", remedy=f"one of {', '.join(known)}")
    if review.at.tzinfo is None:
        raise UsageError(f"{of}: the time {review.at} has no zone", remedy="give it in UTC")
