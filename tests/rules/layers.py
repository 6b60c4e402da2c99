#!/usr/bin/env python3
"""The rules of the house that a machine can check. One line for each breach; exit status 1.

usage: layers.py SOURCE_ROOT [LIBRARY.so]
"""

import pathlib
import re
import subprocess
import sys

# What a room may include beside itself. The ground may be used by every room; num and io
# stand on base alone. The two wings never meet.
GROUND = {"base", "io", "num"}
MAY_USE = {
    "base": set(),
    "io": {"base"},
    "num": {"base"},
    "landscape": GROUND,
    "kinetics": GROUND | {"landscape"},
    "viscoelastic": GROUND | {"landscape"},
    "atoms": GROUND,
    "dynamics": GROUND | {"atoms"},
    "saddles": GROUND | {"atoms"},
    "fit": GROUND | {"landscape"},
    "mining": GROUND | {"landscape", "kinetics"},
}
# Foreign headers, and the only places that may include them.
FOREIGN = {
    r"gsl/": {"num"},
    r"lapacke": {"num"},
    r"(cvodes?|sundials|nvector|sunmatrix|sunlinsol)": {"num"},
    r"csv\.h": {"io"},
    r"nettle/": {"io"},
    r"sqlite3\.h": {"saddles"},
    r"popt\.h": {"cli"},
    r"omp\.h": {"atoms", "dynamics", "saddles", "kinetics"},
    r"mpi\.h": {"saddles"},
    r"(lammps/|KIM_)": {"atoms"},
}
# Programs of their own beside the command: not part of the library.
PROGRAMS = {"lammps_worker.c"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

root = pathlib.Path(sys.argv[1])
faults = []


def text(path):
    return path.read_text(encoding="utf-8", errors="replace")


def room_of_header(name):
    """The room of a public header: where the .c (or private file) of its noun is."""
    noun = pathlib.Path(name).stem
    for room in list(MAY_USE) + ["cli"]:
        if (root / "src" / room / f"{noun}.c").exists():
            return room
    # A header without a file of its own says its room in the table below.
    return HEADER_ROOM.get(noun)


HEADER_ROOM = {"constants": "base", "surface": "atoms"}

sources = sorted((root / "src").glob("*/*.[ch]"))
publics = sorted((root / "include" / "pelrate").glob("*.h"))
if len(sources) < 10 or len(publics) < 5:
    faults.append(f"{root}: {len(sources)} sources and {len(publics)} headers found, expected more")

seen = {}
for path in sources:
    room = path.parent.name
    where = path.relative_to(root)
    if path.suffix == ".c":
        other = seen.setdefault(path.name, where)
        if other != where:
            faults.append(f"{where}: base name stands in {other} too")
    for quote, name in INCLUDE.findall(text(path)):
        for pattern, rooms in FOREIGN.items():
            if re.match(pattern, name) and room not in rooms and path.name not in PROGRAMS:
                faults.append(f"{where}: includes {name}, which belongs to {sorted(rooms)}")
            if re.match(pattern, name) and path.suffix == ".h":
                faults.append(f"{where}: a foreign header in a header: {name}")
        if name.startswith("pelrate/"):
            used = room_of_header(name)
            if used is None:
                faults.append(f"{where}: {name} belongs to no room")
            elif room != "cli" and used != room and used not in MAY_USE[room]:
                faults.append(f"{where}: room {room} may not use {used} ({name})")
        elif quote == '"':
            if "/" in name:
                faults.append(f"{where}: private header of another room: {name}")
            elif not (path.parent / name).exists():
                faults.append(f"{where}: {name} is not in its room")

for path in publics:
    where = path.relative_to(root)
    room = room_of_header(path.name)
    if room is None:
        faults.append(f"{where}: no room has a file of this noun")
    for quote, name in INCLUDE.findall(text(path)):
        if any(re.match(pattern, name) for pattern in FOREIGN):
            faults.append(f"{where}: a foreign header in a public header: {name}")
        if quote == '"':
            faults.append(f"{where}: public headers are included with <>: {name}")
        if name.startswith("pelrate/") and room is not None:
            used = room_of_header(name)
            if used is not None and used != room and used not in MAY_USE[room]:
                faults.append(f"{where}: room {room} may not use {used} ({name})")

build_files = [root / "meson.build", *sorted((root / "src").rglob("meson.build"))]
for path in build_files:
    if "-ffast-math" in re.sub(r"#.*", "", text(path)):
        faults.append(f"{path.relative_to(root)}: -ffast-math")

# A physical literal stands in constants.h alone.
LITERAL = re.compile(r"8\.617\d*e-0?5|1\.602\d+e-19|6\.022\d+e\+?23|1\.660\d+e-27|1\.0364\d*e-0?4")
for path in sources + publics:
    if path.name != "constants.h" and LITERAL.search(text(path)):
        faults.append(f"{path.relative_to(root)}: a physical constant outside constants.h")

# The library never prints, exits or reads the environment.
PRINTS = re.compile(r"(?<![\w.])(printf|puts|putchar|exit|abort|getenv)\s*\(")
for path in sources:
    if path.parent.name == "cli" or path.name in PROGRAMS or path.suffix != ".c":
        continue
    code = re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", "", text(path), flags=re.S)
    for match in PRINTS.finditer(code):
        faults.append(f"{path.relative_to(root)}: the library calls {match.group(1)}()")

if len(sys.argv) > 2:
    names = subprocess.run(["nm", "-D", "--defined-only", sys.argv[2]], check=True,
                           capture_output=True, text=True).stdout.split("\n")
    exported = [line.split()[-1] for line in names if line.strip()]
    if not exported:
        faults.append(f"{sys.argv[2]}: exports nothing")
    for name in exported:
        if not re.match(r"(pel_|_init$|_fini$|__|_edata|_end|asan|ubsan)", name):
            faults.append(f"{sys.argv[2]}: exports {name}, expected pel_ at the start")

for fault in faults:
    print(fault)
print(f"{len(sources)} sources, {len(publics)} public headers: {len(faults)} faults")
sys.exit(1 if faults else 0)
