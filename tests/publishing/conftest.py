"""Buffers empty before each test: pages of other tests leave counts behind."""

import pytest

from portal.publishing.buffer import BUFFERS


@pytest.fixture(autouse=True)
def empty_buffers() -> None:
    for buffer in BUFFERS:
        buffer.forget()
