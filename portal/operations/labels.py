"""Words for what is wrong with the portal, and for what its worker does."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.operations.services import Problem

# what is wrong -> in words, and what to do
PROBLEMS: dict[Problem, tuple[LazyString, LazyString]] = {
    Problem.DATABASE_AWAY: (_l("The database does not answer"), _l("Start it, or check its address.")),
    Problem.SCHEMA_BEHIND: (
        _l("The database is older than this release"),
        _l("Run portal db upgrade on the server."),
    ),
    Problem.SCHEMA_AHEAD: (
        _l("This version of the portal is older than the database"),
        _l("Install the version that the database was upgraded with on every machine."),
    ),
    Problem.READ_ONLY: (
        _l("The database takes nothing new"),
        _l("Pages can be read, but nobody can sign in and nothing is saved. Make the database writable again."),
    ),
    Problem.VALKEY_AWAY: (
        _l("Valkey does not answer"),
        _l("Pages work, but messages and scheduled work wait. Start it; the worker goes on by itself."),
    ),
    Problem.NO_WORKER: (
        _l("No worker is running"),
        _l(
            "Messages are not sent, nobody is reminded and nothing is deleted by its period. "
            "Start portal worker on one machine."
        ),
    ),
    Problem.WORK_LATE: (
        _l("The worker is running but gets nothing done"),
        _l("Messages wait. Look into its log, and start it again."),
    ),
    Problem.MESSAGES_WAIT: (
        _l("Messages have waited for over an hour"),
        _l("Check the mail server. They are tried again by themselves."),
    ),
}

JOBS: dict[str, LazyString] = {
    "deliver": _l("Sending messages"),
    "requests": _l("Deadlines and reminders of requests"),
    "tidy-up": _l("Removing links and sessions that open nothing any more"),
    "purge": _l("Deleting by retention periods"),
    "publish": _l("Publishing statistics"),
    "checkpoint": _l("Signing the audit trail"),
    "erasures": _l("Writing down erasures and prohibitions outside the database"),
}
