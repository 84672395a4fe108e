#!/bin/sh
# README's commands on a machine with nothing but Debian's base, Go, git and make:
# packaging/root-check.sh [PACKAGE...] clones the last commit into such a root and
# runs make demo there, make test for the PACKAGEs, and make run (a picture of the
# window: build/root-check.png). Go's modules come from this machine's cache where
# it has them. Needs to be root.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- ./processor/pix ./processor/media ./processor/models ./processor/depth ./ui/cli ./ui/desktop ./testdata/scene
. packaging/root.sh

make_root
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install git ca-certificates make >/dev/null 2>&1
lend_read_only "$(go env GOROOT)" usr/local/go
lend_read_only "$(go env GOMODCACHE)/cache/download" lent-modules
proxy=file:///lent-modules,$(go env GOPROXY)
git clone -q . "$root/root/spatialmaker"

in_clone() { inside env GOPROXY="$proxy" make -C /root/spatialmaker "$@"; }
in_clone demo
[ -s "$root/root/spatialmaker/build/demo/sample_LRF_Full_SBS.jpg" ]
in_clone test PACKAGES="$*"

# The window runs inside, the screen outside. Everything is built by now.
cat >"$root/root/window" <<'W'
#!/bin/sh
exec make -C /root/spatialmaker run
W
chmod +x "$root/root/window"
packaging/onscreen.sh 1240x780 20 build/root-check.png \
	chroot "$root" /usr/bin/env -u SPATIALMAKER_RUNTIME -u SPATIALMAKER_MODELS -u SPATIALMAKER_HOME HOME=/root GOPROXY="$proxy" PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin /root/window
echo 'root-check: demo, tests and window (build/root-check.png) from a clean root'
