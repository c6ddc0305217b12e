#!/usr/bin/env bash
# base.sh FILE: write the root file system of a minimal Debian as a tar file.
#
# It is the base of the recipes beside it, for machines that can reach a Debian
# mirror but no container registry. The testbed calls it; by hand:
#
#   ./base.sh /tmp/base.tar && docker import /tmp/base.tar sqlscope-test/base:bookworm
#
# SUITE (default bookworm) and MIRROR (default: debootstrap's own) may be set.
set -euo pipefail

out=${1:?usage: base.sh FILE}
suite=${SUITE:-bookworm}
dir=$(mktemp -d "${TMPDIR:-/tmp}/sqlscope-base.XXXXXX")

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
trap 'as_root rm -rf --one-file-system "$dir"' EXIT

# debootstrap lives in /usr/sbin, which is not in everybody's PATH.
export PATH="$PATH:/usr/sbin:/sbin"
command -v debootstrap >/dev/null || {
	echo "base.sh: debootstrap is not installed" >&2
	exit 1
}

as_root env PATH="$PATH" debootstrap --variant=minbase "$suite" "$dir/root" ${MIRROR:+"$MIRROR"} >&2
# Package archives and lists only make the image bigger.
as_root rm -rf "$dir"/root/var/cache/apt/archives/*.deb "$dir"/root/var/lib/apt/lists/*
as_root tar -C "$dir/root" --numeric-owner -c . >"$out"
