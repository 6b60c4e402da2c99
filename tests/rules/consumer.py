#!/usr/bin/env python3
"""What is installed can be used: install into a folder, build a program with pkg-config, run it.

usage: consumer.py BUILD_ROOT CC...
Exit status 77 (skipped) for a sanitizer build, whose library a plain program cannot load.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

build, compiler = pathlib.Path(sys.argv[1]), sys.argv[2:]
options = subprocess.run(["meson", "introspect", "--buildoptions", str(build)], check=True,
                         capture_output=True, text=True).stdout
if re.search(r'"name": "b_sanitize", "value": "(?!none")', options):
    print("sanitizer build")
    sys.exit(77)
if shutil.which("pkg-config") is None:
    print("no pkg-config")
    sys.exit(77)

PROGRAM = r"""
#include <pelrate/provenance.h>
#include <pelrate/status.h>
#include <stdio.h>
int main(void)
{
    printf("%s, %s\n", pel_version(), pel_status_text(PEL_OK));
    return 0;
}
"""

with tempfile.TemporaryDirectory() as name:
    root = pathlib.Path(name)
    subprocess.run(["meson", "install", "-C", str(build), "--no-rebuild", "--destdir", name],
                   check=True, capture_output=True)
    configs = list(root.rglob("pelrate.pc"))
    assert len(configs) == 1, configs
    env = dict(os.environ, PKG_CONFIG_PATH=str(configs[0].parent), PKG_CONFIG_SYSROOT_DIR=name)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "pelrate"], env=env, check=True,
                           capture_output=True, text=True).stdout.split()
    (root / "consumer.c").write_text(PROGRAM)
    subprocess.run([*compiler, "-o", str(root / "consumer"), str(root / "consumer.c"), *flags],
                   check=True)
    env["LD_LIBRARY_PATH"] = str(next(root.rglob("libpelrate.so")).parent)
    out = subprocess.run([str(root / "consumer")], env=env, check=True, capture_output=True,
                         text=True).stdout
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*, success\n", out), out
    program = next(root.rglob("bin/pelrate"))
    out = subprocess.run([str(program), "--version"], env=env, check=True, capture_output=True,
                         text=True).stdout
    assert out.startswith("pelrate "), out
print("installed, linked and run")
