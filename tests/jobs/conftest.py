"""What the worker's tests share: the table their jobs leave marks in, and a clean queue."""

from collections.abc import Iterator

import pytest

from tests.jobs import work


@pytest.fixture
def marks_table(transactional_db: None) -> Iterator[None]:
    """The table, and afterwards an empty queue."""
    work.run_sql(work.MARKS)
    yield
    work.run_sql("drop table test_mark")
    work.run_sql("delete from procrastinate_jobs")
