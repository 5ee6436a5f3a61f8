"""`make bench`: reading, then the whole pipeline beside the contenders, which writes docs/benchmarks.md.

    python benchmarks/run.py [--quick]

Takes about half an hour on two quiet cores; `--quick` about five minutes, with fewer pages and one round.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    size = ["-n", "300", "--long", "1000", "--rounds", "1"] if options.quick else []
    for step in (["extract.py"], ["night.py"], ["compare.py", *size]):
        print("#", *step, flush=True)
        subprocess.run([sys.executable, str(HERE / step[0]), *step[1:]], check=True)


if __name__ == "__main__":
    main()
