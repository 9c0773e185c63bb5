#!/bin/sh
# setup.sh: install what Moat needs and this machine lacks. Does nothing when nothing is missing.
#
# Debian 12 and 13, and Ubuntu releases that carry Unicorn 2.1: from the distribution's packages, as
# root or by sudo. Debian 12 has only Unicorn 2.0, so there one source is added, for Debian 13,
# pinned so that Unicorn alone can come from it. Elsewhere: says what is missing, changes nothing.
set -eu

# What is needed: kind, name, least version, Debian package. One row each.
needs='
tool cc          -      gcc
tool make        -      make
tool git         -      git
tool pkg-config  -      pkg-config
lib  unicorn     2.1.1  libunicorn-dev
lib  capstone    4.0.2  libcapstone-dev
lib  libcjson    1.7    libcjson-dev
lib  libelf      0.180  libelf-dev
lib  libdw       0.180  libdw-dev
lib  libxxhash   0.8    libxxhash-dev
lib  libzstd     1.4    libzstd-dev
lib  libarchive  3.4    libarchive-dev
lib  libxml-2.0  2.9    libxml2-dev
lib  sdl2        2.0.14 libsdl2-dev
lib  SDL2_ttf    2.0.15 libsdl2-ttf-dev
lib  SDL2_image  2.0.5  libsdl2-image-dev
file /usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf - fonts-dejavu-core
file /usr/share/firmware-microbit-micropython/firmware.hex - firmware-microbit-micropython
file /usr/lib/arm-none-eabi/newlib/rdimon.specs - libnewlib-arm-none-eabi
file /usr/lib/picolibc/arm-none-eabi/picolibc.specs - picolibc-arm-none-eabi
lib  check       0.15   check
tool arm-none-eabi-gcc - gcc-arm-none-eabi
tool qemu-system-arm   - qemu-system-arm
tool babeltrace2       - babeltrace2
tool gdb-multiarch     - gdb-multiarch
tool clang-format      - clang-format
tool clang             - clang
rt   fuzzer            - libclang-rt-dev
'

have() { # kind name version
  case $1 in
    tool) command -v "$2" >/dev/null 2>&1 ;;
    file) [ -r "$2" ] ;;
    rt) ls "$(clang -print-runtime-dir 2>/dev/null)"/libclang_rt."$2"* >/dev/null 2>&1 ;;
    lib) pkg-config --exists "$2 >= $3" 2>/dev/null ;;
  esac
}

missing='' # rows
while read -r kind name version package; do
  [ -n "$kind" ] || continue
  have "$kind" "$name" "$version" || missing="$missing$kind $name $version $package
"
done <<EOF
$needs
EOF
[ -n "$missing" ] || exit 0

packages=$(printf '%s' "$missing" | awk '{ printf "%s ", $4 }')
id=unknown; version=''
if [ -r /etc/os-release ]; then
  id=$(. /etc/os-release && echo "${ID:-unknown}")
  version=$(. /etc/os-release && echo "${VERSION_ID:-}")
fi

refuse() {
  echo "setup.sh: $1" >&2
  echo "setup.sh: missing here:" >&2
  printf '%s' "$missing" | awk '{ printf "  %s%s\n", $2, ($3 == "-" ? "" : " >= " $3) }' >&2
  exit 1
}

case $id-$version in
  debian-12* | debian-13* | ubuntu-*) ;;
  *) refuse "this system ($id $version) is not Debian 12, Debian 13 or Ubuntu: install these yourself" ;;
esac

if [ "$(id -u)" = 0 ]; then
  as_root() { "$@"; }
elif command -v sudo >/dev/null 2>&1; then
  as_root() { sudo "$@"; }
else
  refuse "neither root nor sudo: run as root, or install these yourself"
fi

echo "setup.sh: will install from $id $version: $packages"

case "$id-$version: $packages" in
  debian-12*libunicorn-dev*)
    echo "setup.sh: adding a source for Debian 13, pinned to Unicorn alone:"
    echo "  /etc/apt/sources.list.d/moat-unicorn.sources"
    echo "  /etc/apt/preferences.d/moat-unicorn"
    as_root tee /etc/apt/sources.list.d/moat-unicorn.sources >/dev/null <<'EOF'
Types: deb
URIs: http://deb.debian.org/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
    as_root tee /etc/apt/preferences.d/moat-unicorn >/dev/null <<'EOF'
Package: *
Pin: release n=trixie
Pin-Priority: -10

Package: libunicorn2t64 libunicorn-dev
Pin: release n=trixie
Pin-Priority: 990
EOF
    ;;
esac

as_root apt-get update -q
case "$id: $packages" in
  ubuntu*libunicorn-dev*)
    candidate=$(apt-cache policy libunicorn-dev | awk '/Candidate:/ { print $2 }')
    dpkg --compare-versions "${candidate:-0}" ge 2.1.1 ||
      refuse "Ubuntu $version carries Unicorn ${candidate:-none}: a release with 2.1.1 is needed"
    ;;
esac
# shellcheck disable=SC2086 # a list of packages
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages

while read -r kind name version package; do
  [ -n "$kind" ] || continue
  have "$kind" "$name" "$version" || refuse "$package was installed, but $name is still missing"
done <<EOF
$missing
EOF
