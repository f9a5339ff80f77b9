#!/bin/sh
# Installs what building and testing need on a Debian 12 machine, and nothing that is there already.
#
#   packaging/setup.sh build     the compiler, the C libraries, Go
#   packaging/setup.sh test      that, and the peers that the tests play with
#
# Go itself comes from the module proxy when the machine has none that is new enough; it is put
# into ~/.cache/vedette and touches nothing else.
set -eu

go_version=1.26.8
go_sha256=30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7
go_home=${XDG_CACHE_HOME:-$HOME/.cache}/vedette/go$go_version

build="ca-certificates curl unzip git make gcc g++ libc6-dev pkg-config
  libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libswresample-dev libebur128-dev
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev
  ffmpeg" # the demo publishes with it
test="chromium
  mosquitto mosquitto-clients snmptrapd smitools rsyslog rsyslog-openssl python3 python3-aiosmtpd"
# chromium publishes by WHIP; the rest are receivers of what is forwarded, and a checker of MIBs

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else
    echo "setup: root is needed to install packages, and sudo is not there; run as root: $*" >&2
    exit 1
  fi
}

install_packages() {
  missing=
  for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
    [ "$status" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  echo "setup: installing$missing"
  as_root apt-get update -q
  # shellcheck disable=SC2086 # a list of words
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

new_enough() { # GO: whether that program is Go 1.26 or newer
  "$1" version 2>/dev/null | grep -Eq 'go1\.(2[6-9]|[3-9][0-9])'
}

install_go() {
  if new_enough go || new_enough "$go_home/bin/go"; then return; fi
  proxy=$(echo "${GOPROXY:-https://proxy.golang.org}" | cut -d, -f1 | cut -d'|' -f1)
  module=golang.org/toolchain@v0.0.1-go$go_version.linux-amd64
  echo "setup: installing Go $go_version into $go_home"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  curl -sSfL -o "$work/go.zip" "$proxy/golang.org/toolchain/@v/${module#*@}.zip"
  echo "$go_sha256  $work/go.zip" | sha256sum -c --quiet
  unzip -q "$work/go.zip" -d "$work"
  mkdir -p "$(dirname "$go_home")"
  rm -rf "$go_home"
  mv "$work/$module" "$go_home"
  chmod -R u+x "$go_home/bin" "$go_home/pkg/tool"
}

case "${1:-}" in
build) packages=$build ;;
test) packages="$build $test" ;;
*) echo "usage: $0 build|test" >&2; exit 2 ;;
esac
if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is not a Debian system; install by hand what packaging/setup.sh lists" >&2
  exit 1
fi
# shellcheck disable=SC2086 # a list of words
install_packages $packages
install_go
