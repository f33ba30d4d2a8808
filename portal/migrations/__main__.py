"""Write a migration from the difference between the models and the migrated database."""

import sys

from flask_migrate import revision, upgrade

from portal.app import create_app

with create_app().app_context():
    upgrade()
    revision(message=sys.argv[1], autogenerate=True)
