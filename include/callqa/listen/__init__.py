"""Recordings as people may hear them: a copy in which personal data is silent."""

from callqa.listen.copying import Copy, copy
from callqa.listen.published import Published, published, spans

__all__ = ["Copy", "Published", "copy", "published", "spans"]
