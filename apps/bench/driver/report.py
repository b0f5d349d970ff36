# SPDX-License-Identifier: BSL-1.0
"""The table on the terminal and build/bench.json."""

import json
import os
from pathlib import Path

VERDICTS = {True: "yes", False: "NO", None: "peer missing"}


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def table(rows):
    lines = [f"{'row':>3}  {'what':<64} {'figure':>14}  {'we are':>10}  target met"]
    for row in rows:
        figure = f"{number(row['value'])} {row['unit']}"
        lines.append(f"{row['row']:>3}  {row['name']:<64} {figure:>14}  {'':>10}  {VERDICTS[row['met']]}")
        for name, peer in row["peers"].items():
            ratio = row["ratios"][name]
            times = "-" if ratio is None else f"{number(ratio)} x"
            figure = f"{number(peer)} {row['unit']}" if peer is not None else "not there"
            lines.append(f"{'':>3}    {name:<62} {figure:>14}  {times:>10}")
        lines.append(f"{'':>3}    target: {row['target'] or 'none, shown only'}")
    return "\n".join(lines)


def write(rows, path):
    """Replaces the file in one step, so that nobody reads half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".json.new")
    unfinished.write_text(json.dumps({"rows": rows}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(unfinished, path)
