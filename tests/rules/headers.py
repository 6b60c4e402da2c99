#!/usr/bin/env python3
"""Every public header compiles alone as C17 with all warnings.

usage: headers.py SOURCE_ROOT CC...
"""

import pathlib
import subprocess
import sys

root, compiler = pathlib.Path(sys.argv[1]), sys.argv[2:]
faults = 0
headers = sorted((root / "include" / "pelrate").glob("*.h"))
for header in headers:
    code = f"#include <pelrate/{header.name}>\nint main(void) {{ return 0; }}\n"
    done = subprocess.run([*compiler, "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
                           "-Werror", "-fsyntax-only", "-I", str(root / "include"), "-x", "c", "-"],
                          input=code, capture_output=True, text=True)
    if done.returncode:
        faults += 1
        print(header.name, done.stderr)
print(f"{len(headers)} headers, {faults} do not stand alone")
sys.exit(1 if faults or not headers else 0)
