"""What the commands of every feature share: the option `--json` and the exit codes."""

import click

FOUND_SOMETHING = 1
COULD_NOT = 2

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
