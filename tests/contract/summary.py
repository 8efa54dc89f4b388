"""Prints what the runs of .ci/fuzz-api found: the failures in full, then a line for each run.

Fails when a run failed or left no report. Called with the folder of the reports.
"""

import json
import pathlib
import sys


def failures_of(log):
    """The part of a run's output that tells of its failures."""
    text = log.read_text(errors="replace")
    start = min((at for at in (text.find("= FAILURES ="), text.find("= ERRORS =")) if at >= 0), default=None)
    if start is None:
        return text[-3000:]
    end = text.find("= SUMMARY =", start)
    return text[text.rfind("\n", 0, start) + 1 : end if end >= 0 else None]


def main(folder):
    lines, bad = [], 0
    logs = sorted(folder.glob("*-*.log"))
    for log in logs:
        name = log.stem
        try:
            report = json.loads(log.with_suffix(".json").read_text())
        except (OSError, ValueError):
            report = None
        if report is None:
            print(f"\n== {name}\n{failures_of(log)}")
            lines.append(f"{name:30} no report")
            bad += 1
            continue
        cases, found = report["test_cases"], report["test_cases"]["unique_failures"]
        if report["exit_code"] != 0:
            print(f"\n== {name}\n{failures_of(log)}")
            bad += 1
        lines.append(
            f"{name:30} {report['operations']['tested']:4} operations"
            f" {cases['generated']:7} cases {found:4} failures {len(report['errors']):3} errors"
            f" {report['running_time']:6.0f} s"
        )
    print("\n".join(lines))
    return 1 if bad or not logs else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
