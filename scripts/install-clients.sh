#!/usr/bin/env bash
# Installs the clients that the end-to-end tests drive: Docker's engine with its command, containerd with ctr, podman,
# skopeo, notary, curl, openssl, and OpenLDAP's server with its commands. Debian's packages, so this is for Debian and
# Ubuntu; elsewhere install them by other means.
#
#   scripts/install-clients.sh
set -euo pipefail

missing=()
# The engine is in a folder that is not on every PATH.
PATH="$PATH:/usr/sbin:/sbin"
command -v dockerd >/dev/null && command -v docker >/dev/null || missing+=(docker.io)
command -v containerd >/dev/null && command -v ctr >/dev/null || missing+=(containerd)
command -v skopeo >/dev/null || missing+=(skopeo)
command -v podman >/dev/null || missing+=(podman)
command -v notary >/dev/null && command -v notary-server >/dev/null || missing+=(notary)
command -v curl >/dev/null || missing+=(curl)
command -v openssl >/dev/null || missing+=(openssl)
command -v slapd >/dev/null || missing+=(slapd)
command -v ldapmodify >/dev/null || missing+=(ldap-utils)

if [ ${#missing[@]} -eq 0 ]; then
  echo 'docker, its engine, containerd, podman, skopeo, notary, curl, openssl, slapd and ldap-utils are installed already.'
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "There is no apt-get here: install ${missing[*]} with the packages of your system." >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Installing ${missing[*]} needs root, and there is no sudo here: run this as root." >&2
    exit 1
  fi
  as_root=(sudo)
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update
# Newer releases have the command in a package of its own.
if [[ " ${missing[*]} " == *" docker.io "* ]] && apt-cache show docker-cli >/dev/null 2>&1; then missing+=(docker-cli); fi
"${as_root[@]}" apt-get install --yes --no-install-recommends "${missing[@]}"

for program in dockerd docker containerd ctr podman skopeo notary notary-server curl openssl slapd ldapmodify; do
  command -v "$program" >/dev/null || { echo "$program is still missing after the installation." >&2; exit 1; }
done
