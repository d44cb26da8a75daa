#!/bin/sh
# Installs Debian or Ubuntu packages without starting, now or at the next boot, a service that they bring.
# Run as root.
#
#   packages/tools/src/apt-install.sh PACKAGE...
set -eu

policy=/usr/sbin/policy-rc.d
saved=$policy.before-meshrs
# policy-rc.d's way to say "action forbidden": https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
mark='# meshrs: no service starts while its tools are being installed'

restore_policy() {
  if [ -e "$saved" ]; then
    mv -f "$saved" "$policy"
  elif [ -e "$policy" ] && grep -qxF "$mark" "$policy"; then
    rm -f "$policy"
  fi
}

forbid_services() {
  if [ -e "$policy" ]; then
    mv -f "$policy" "$saved"
  fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
  chmod 755 "$policy"
}

install_packages() {
  apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1

new=
for package in "$@"; do
  if ! dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
    new="$new $package"
  fi
done

restore_policy # what a killed run left behind
trap restore_policy EXIT
trap 'exit 130' INT TERM HUP
forbid_services

if ! install_packages "$@"; then
  echo "apt-get knows no such package or an outdated version of it: reading the package lists anew" >&2
  apt-get update
  install_packages "$@"
fi

for package in $new; do
  for unit in $(dpkg-query --listfiles "$package" | sed -n 's#^\(/usr\)\{0,1\}/lib/systemd/system/\([^/@]*\.service\)$#\2#p'); do
    if command -v systemctl >/dev/null; then
      systemctl disable --no-reload "$unit"
    fi
  done
done
