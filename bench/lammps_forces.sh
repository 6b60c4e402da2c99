#!/bin/sh
# Our molecular dynamics beside LAMMPS: the same atoms, velocities, potential, 2 fs, one core.
#
#   lammps_forces.sh BENCH_FORCES POTENTIALS SOURCE
#
# Microseconds of processor time per atom and step. Without lmp only our own figures are
# printed.
set -eu
bench=$1 potentials=$2 source=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

"$bench" "$potentials" "$source" "$folder" || exit $?

if ! command -v lmp >/dev/null 2>&1; then
    echo "lmp is not installed (Debian: lammps): nothing to compare with"
    exit 0
fi

OMP_NUM_THREADS=1
export OMP_NUM_THREADS
for name in is melt; do
    for skin in 0.6 2.0; do
        for suffix in "" opt; do
            cat >"$folder/in" <<END
units metal
atom_style atomic
read_data $folder/$name.data
pair_style eam/fs
pair_coeff * * $potentials/CuZr_mm.eam.fs Cu Zr
neighbor $skin bin
neigh_modify every 1 delay 0 check yes
timestep 0.002
fix 1 all nve
thermo 500
run 500
END
            # shellcheck disable=SC2086
            lmp ${suffix:+-sf $suffix} -in "$folder/in" -log none >"$folder/out" 2>&1 || {
                echo "lammps   $name: ${suffix:-plain} did not run"
                continue
            }
            awk -v name="$name" -v skin="$skin" -v suffix="${suffix:-plain}" '
                /^Loop time of/ { wall = $4; steps = $9; atoms = $12 }
                /% CPU use with/ {
                    printf "lammps   %-5s %d atoms  %.3f us/atom-step  (skin %s A, %s)\n",
                           name, atoms, wall * $1 / 100 / steps / atoms * 1e6, skin, suffix
                }' "$folder/out"
        done
    done
done
