"""Entry point for WSGI servers and `flask --app wsgi`."""

from portal import jobs
from portal.app import create_app
from portal.cli import add_commands
from portal.web import logs

logs.configure()
app = create_app()
jobs.init_app(app)
jobs.sign_here(app)
add_commands(app)
