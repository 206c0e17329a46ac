"""What the worker's tests share: the table their jobs leave marks in."""

from collections.abc import Iterator

import pytest

from tests.jobs import work


@pytest.fixture
def marks_table(transactional_db: None) -> Iterator[None]:
    """The table, for the length of a test."""
    work.run_sql(work.MARKS)
    yield
    work.run_sql("drop table test_mark")
