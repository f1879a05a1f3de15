"""What the tables of qa.toml are built of: their base class, and the kinds of values that several of them have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DEMO_FOLDER = Path(__file__).parents[1] / "demo"
DEMO_MODEL = "demo"
Share = Annotated[float, Field(ge=0, le=1)]
Named = Annotated[str, Field(min_length=1)]
Role = Literal["agent", "customer", "unknown"]


class Section(BaseModel):
    """A table of qa.toml: its values are plain, frozen, and no other key is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
