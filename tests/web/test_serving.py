"""What the server is told."""

import pytest
from gunicorn.config import Config

from portal.cli import gunicorn_arguments


@pytest.mark.parametrize("setting", ["forwarded_allow_ips", "forwarder_headers"])
def test_the_server_believes_no_header_about_where_a_request_came_from(setting: str) -> None:
    config = Config()
    parsed = vars(config.parser().parse_args(gunicorn_arguments("127.0.0.1", 8000, 1)))
    config.set(setting, parsed[setting])
    assert config.settings[setting].get() == []
