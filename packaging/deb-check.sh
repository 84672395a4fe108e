#!/bin/sh
# Installs the .deb into a root with nothing but Debian's base in it, converts a
# picture there and opens the window. Needs root and debootstrap; the picture of
# the window is build/deb-check.png.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo 'deb-check: chroot needs root' >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get -qq -y install debootstrap >/dev/null
deb=$(ls -t build/spatialmaker_*.deb | head -n 1)
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
root=$(mktemp -d)
chmod 755 "$root" # apt fetches as a user of its own
inside() { chroot "$root" /usr/bin/env -i HOME=/root DISPLAY="${DISPLAY:-}" LIBGL_ALWAYS_SOFTWARE=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
clear_away() {
	for place in tmp/.X11-unix proc dev; do umount "$root/$place" 2>/dev/null || true; done
	# Never through a mount that is still there.
	rm -rf --one-file-system "$root"
}
trap clear_away EXIT

debootstrap --variant=minbase "$suite" "$root" >/dev/null
# The sources and certificates of this machine, so that the same mirror is used.
: >"$root/etc/apt/sources.list"
cp -r /etc/apt/sources.list.d/. "$root/etc/apt/sources.list.d/"
[ ! -f /etc/apt/sources.list ] || cp /etc/apt/sources.list "$root/etc/apt/"
cp /etc/resolv.conf "$root/etc/"
mkdir -p "$root/etc/ssl/certs" "$root/tmp/.X11-unix"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"
mkdir -p /tmp/.X11-unix
mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"

cp "$deb" "$root/root/spatialmaker.deb"
cp build/demo/sample.jpg "$root/root/"
inside apt-get -qq update
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
packaging/onscreen.sh 1240x780 20 build/deb-check.png chroot "$root" /usr/bin/env HOME=/root PATH=/usr/bin:/bin /root/window
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge spatialmaker >/dev/null 2>&1
[ ! -e "$root/usr/lib/spatialmaker" ] || { echo 'deb-check: purging left something behind' >&2; exit 1; }
echo 'deb-check: installed, converted, opened (build/deb-check.png) and purged'
