"""Entry point for WSGI servers and `flask --app wsgi`."""

from portal.app import create_app
from portal.cli import add_commands

app = create_app()
add_commands(app)
