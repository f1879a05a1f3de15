"""Published days and a console over them, once for all tests that change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa_console import data
from qa_console.access import Visible
from tests.console.data.made import Made, made
from tests.warehouse.test_gained_columns import older  # noqa: F401 - a fixture

EVERYBODY = Visible(everybody=True)


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Made:
    return made(tmp_path_factory.mktemp("console"))


@pytest.fixture(scope="session")
def console(published: Made) -> data.Console:
    return data.Console(published.settings)


@pytest.fixture
def page(console: data.Console) -> Iterator[data.Page]:
    with console.page(EVERYBODY) as opened:
        yield opened
