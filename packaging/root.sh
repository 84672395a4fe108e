# A root with nothing but Debian's base in it, for deb-check.sh and root-check.sh,
# which source this file. Needs to be root; brings debootstrap.
root=
lent=

# Makes the root: $root.
make_root() {
	[ "$(id -u)" = 0 ] || { echo 'chroot needs root' >&2; exit 1; }
	command -v debootstrap >/dev/null || apt-get -qq -y install debootstrap >/dev/null
	root=$(mktemp -d)
	trap drop_root EXIT
	trap 'exit 130' INT TERM HUP
	chmod 755 "$root" # apt fetches as a user of its own
	debootstrap --variant=minbase "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$root" >/dev/null
	# Debian's sources as this machine has them, so that the same mirror is used, and its certificates.
	: >"$root/etc/apt/sources.list"
	for sources in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
		[ ! -f "$sources" ] || cp "$sources" "$root${sources}"
	done
	cp /etc/resolv.conf "$root/etc/"
	cp /etc/ssl/certs/ca-certificates.crt "$root/etc/lent-certificates.crt"
	lend /proc proc
	lend /dev dev
	mkdir -p /tmp/.X11-unix
	lend /tmp/.X11-unix tmp/.X11-unix
	inside apt-get -qq update
}

# lend FOLDER PLACE shows a folder of this machine in the root.
lend() {
	mkdir -p "$root/$2"
	mount --bind "$1" "$root/$2"
	lent="$root/$2 $lent"
}

# lend_read_only is for what nothing in the root may touch.
lend_read_only() {
	lend "$1" "$2"
	mount -o remount,bind,ro "$root/$2"
}

# inside COMMAND... runs a command in the root, which has no one to answer a question.
inside() {
	chroot "$root" /usr/bin/env -i HOME=/root DISPLAY="${DISPLAY:-}" LIBGL_ALWAYS_SOFTWARE=1 \
		PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		SSL_CERT_FILE=/etc/lent-certificates.crt GIT_SSL_CAINFO=/etc/lent-certificates.crt \
		NODE_EXTRA_CA_CERTS=/etc/lent-certificates.crt "$@" </dev/null
}

drop_root() {
	[ -n "$root" ] || return 0
	# An interrupted debootstrap leaves a proc of its own.
	for place in $lent "$root/proc"; do umount "$place" 2>/dev/null || true; done
	# Never through a mount that is still there: it may be of the same file system.
	if grep -q " $root/" /proc/mounts; then
		echo "something is still mounted below $root; it stays" >&2
	else
		rm -rf --one-file-system "$root"
	fi
}
