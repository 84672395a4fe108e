#!/bin/sh
# Installs the .deb into a root with nothing but Debian's base in it, converts a
# picture there and opens the window. Needs root and debootstrap; the picture of
# the window is build/deb-check.png.
set -eu
cd "$(dirname "$0")/.."
. packaging/root.sh
deb=$(ls -t build/spatialmaker_*.deb | head -n 1)

make_root
cp "$deb" "$root/root/spatialmaker.deb"
cp build/demo/sample.jpg "$root/root/"
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install /root/spatialmaker.deb >/dev/null 2>&1
inside spatialmaker version
inside spatialmaker convert /root/sample.jpg -f sbs,depth -o /root/out
[ -s "$root/root/out/sample_LRF_Full_SBS.jpg" ]

# The window runs inside, the screen outside.
cat >"$root/root/window" <<'W'
#!/bin/sh
mkdir -p /root/.cache
exec spatialmaker /root/sample.jpg
W
chmod +x "$root/root/window"
packaging/onscreen.sh 1240x780 20 build/deb-check.png chroot "$root" /usr/bin/env -u SPATIALMAKER_RUNTIME -u SPATIALMAKER_MODELS -u SPATIALMAKER_HOME HOME=/root PATH=/usr/bin:/bin /root/window
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge spatialmaker >/dev/null 2>&1
[ ! -e "$root/usr/lib/spatialmaker" ] || { echo 'deb-check: purging left something behind' >&2; exit 1; }
echo 'deb-check: installed, converted, opened (build/deb-check.png) and purged'
