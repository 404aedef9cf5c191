#!/bin/sh
# The second half of what debootstrap does, as the first program of the machine: dpkg installs the packages whose files are there already.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp

install() {
    set -e
    cp /usr/share/base-passwd/passwd.master /etc/passwd
    cp /usr/share/base-passwd/group.master /etc/group
    mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers /var/log /root
    : >/var/lib/dpkg/status
    : >/var/lib/dpkg/available
    ln -sf mawk /usr/bin/awk
    ln -sf dash /usr/bin/sh
    # Nobody reads here.
    for dir in doc man locale info; do echo "path-exclude=/usr/share/$dir/*"; done >/etc/dpkg/dpkg.cfg.d/lean
    cd /packages
    dpkg --force-unsafe-io --force-depends --install base-passwd_*.deb
    dpkg --force-unsafe-io --force-depends --unpack *.deb
    dpkg --force-unsafe-io --force-depends --configure -a
    cd /
    dpkg --audit
    echo debian >/etc/hostname
    echo '/dev/vda / ext4 defaults 0 1' >/etc/fstab
    passwd -d root
    systemctl enable rex-step.service
    rm -rf /packages
}
(install) >/install.log 2>&1
status=$?
mkdir -p /mnt
mount -t 9p -o trans=virtio,version=9p2000.L share /mnt && cp /install.log /mnt/log && echo $status >/mnt/status
rm -f /install.log /install
umount /mnt
sync
mount -o remount,ro /
exec /usr/sbin/halt -p -f -f
