"""`python -m bench`: every benchmark, a line a figure, and all of them in bench/results.json."""

import json
import sys
from pathlib import Path

import click

from bench import (
    cookie_choice,
    demo_load,
    growth,
    import_growth,
    opt_out,
    page_counters,
    public_page,
    queue,
    register_import,
    sign_in,
    statistics_pages,
)

RESULTS = Path(__file__).parent / "results.json"
BENCHMARKS = {
    module.__name__.removeprefix("bench."): module.figures
    for module in (
        *(public_page, page_counters, cookie_choice, sign_in, opt_out, growth, register_import),
        *(import_growth, demo_load, queue, statistics_pages),
    )
}


def main(names: list[str]) -> None:
    """Run those named, or all; a part is printed but not written."""
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        raise SystemExit(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    click.echo(f"{'name':<44} {'value':>10} {'unit':<10} {'baseline':>10} {'ratio':>8}")
    results = []
    for name in names or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            click.echo(str(figure))
            results.append(figure.as_json())
    if not names:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
