# shellcheck shell=bash
# shellcheck disable=SC2154 # what `run` has set
# Part of `run`: makes the rock and the Debian packages, installs them below $work, and lets the interpreters on
# them alone run smoke.lua: every module is there, and an https page can be fetched. A release is made on the way.

root=$here/../..
export SMOKE_CA=$work/certificate.pem SMOKE_MODULES
SMOKE_MODULES=$(cd "$build/share/lua/${versions[0]}" && find . -name '*.lua' | sed 's|^\./||; s|\.lua$||; s|/|.|g' | sort)

# A server for all of them: examples/tls_server.lua.
make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$SMOKE_CA"
}
check "a certificate" make_certificate
coproc server { exec timeout 3600 "$prefix/bin/moontide" "$root/examples/tls_server.lua" "$work/key.pem" "$SMOKE_CA" 2>&1; }
trap 'kill "$server_PID" 2>/dev/null; rm -rf "$work"' EXIT
read -r -t 30 listening <&"${server[0]}"
export SMOKE_URL=https://localhost:${listening##*:}/

smoke() {  # smoke NATIVE_DIRECTORY SCRIPT_DIRECTORY INTERPRETER
  (cd / && env -u LUA_INIT LUA_PATH="$2/?.lua" LUA_CPATH="$1/?.so" "$3" "$here/smoke.lua")
}

interpreters_of() {  # interpreters_of VERSION: those on this machine
  command -v "lua$1"
  [ "$1" != 5.1 ] || command -v luajit
}

# CMake's package, embedded: `run` has built these hosts.
for lua in 5.4 luajit; do
  check "smoke: host with Lua $lua" env LUA_PATH= LUA_CPATH= "$work/$lua/host" "$here/smoke.lua"
done

# The rock, by `luarocks make` in a copy of the sources, with two compilers for both Luas: the second one uses what
# does not depend on Lua again. Only -O0 is not as users have it, which saves minutes; it goes the way of any other
# CFLAGS. LuaRocks gets no server to ask.
copy_sources() {
  mkdir "$work/clone" && cd "$root" &&
    git ls-files -co --exclude-standard -z | while IFS= read -rd '' file; do
      [ ! -f "$file" ] || printf '%s\0' "$file"
    done | tar -c --null -T - | tar -x -C "$work/clone"
}
make_rock() {  # make_rock VERSION
  cd "$work/clone" && HOME=$work luarocks --lua-version="$1" --only-server="file://$work" \
    --tree="$work/rocks" make CFLAGS="-O0 -fPIC" moontide-scm-1.rockspec
}
same_modules() {  # same_modules NATIVE_DIRECTORY SCRIPT_DIRECTORY
  [ -f "$1/moontide/native.so" ] && [ -f "$1/moontide/native_names.so" ] && [ -f "$1/moontide/native_tls.so" ] &&
    diff <(tr ' ' '\n' <<<"$SMOKE_MODULES") \
      <(cd "$2" && find . -name '*.lua' | sed 's|^\./||; s|\.lua$||; s|/|.|g' | sort)
}
check "a copy of the sources" copy_sources
for version in 5.4 5.1; do
  native=$work/rocks/lib/lua/$version scripts=$work/rocks/share/lua/$version
  check "luarocks make, Lua $version" make_rock $version
  check "the modules of the rock, Lua $version" same_modules "$native" "$scripts"
  for interpreter in $(interpreters_of $version); do
    check "smoke: the rock in $interpreter" smoke "$native" "$scripts" "$interpreter"
  done
done

# A release, in a repository of its own.
make_release() {
  cd "$work/clone" && rm -rf build build.luarocks &&
    git init -q && git config user.name test && git config user.email test@localhost &&
    echo "Something first." >changelog.d/new.md && git add -A && git commit -qm "all of it" && tools/release --without-checks --without-packages 7.8.9
}
release_again() {
  cd "$work/clone" && git restore . && echo "Something new." >changelog.d/new.md && git add -A && git commit -qm "new" &&
    tools/release --without-checks --without-packages 7.9.0 &&
    [ "$(grep '^## ' CHANGELOG.md | cut -d , -f 1 | tr '\n' ' ')" = "## 7.9.0 ## 7.8.9 " ] &&
    [ "$(sed -n '/^## 7.9.0/,/^## 7.8.9/p' CHANGELOG.md | sed -n '2,4p')" = $'\n- Something new.' ]
}
releases_right() {
  cd "$work/clone" && [ -z "$(git status --porcelain)" ] && [ "$(git describe)" = v7.8.9 ] &&
    grep -q '^## 7\.8\.9, 2' CHANGELOG.md && [ "$(ls changelog.d)" = README.md ] &&
    grep -qx -- '- Something first\.' CHANGELOG.md && (cd build/dist && sha256sum -c SHA256SUMS) &&
    tar -xOf build/dist/moontide-7.8.9.tar.gz moontide-7.8.9/include/moontide/moontide.h |
      grep -q '^#define MOONTIDE_VERSION "7\.8\.9"$' &&
    grep -q "SHA512 $(sha512sum build/dist/moontide-7.8.9.tar.gz | cut -d ' ' -f 1)" build/dist/vcpkg/portfile.cmake
}
refuses_release() {  # refuses_release VERSION TEXT
  cd "$work/clone" && ! tools/release --without-checks --without-packages "$1" >"$work/release" 2>&1 &&
    grep "$2" "$work/release"
}
check "tools/release" make_release
check "what tools/release leaves" releases_right
check "a version again is refused" refuses_release 7.8.9 "there is a tag"
check "an older version is refused" refuses_release 7.8.8 "is older than"
check "a release without changes is refused" refuses_release 7.9.0 "nothing is in changelog.d"
check "the next release stands before the last" release_again

# The Debian packages.
debs=$work/debs
scratch=$work/scratch
make_debs() { cd "$build" && cpack -G DEB -B "$debs"; }
no_lintian_errors() { lintian --allow-root --fail-on error "$debs"/*.deb; }
# Whoever is not root is, in a namespace of users.
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(unshare -r)
install_debs() {  # install_debs FILE...: into a root of their own, by dpkg itself
  mkdir -p "$scratch/var/lib/dpkg/info" "$scratch/var/lib/dpkg/updates" &&
    touch "$scratch/var/lib/dpkg/status" &&
    "${as_root[@]}" dpkg --root="$scratch" --log=/dev/null --force-depends --force-not-root --force-bad-path \
      --force-script-chrootless --unpack "$@"
}
# What a program that needs lua-socket finds on a machine: its files are in the way.
make_originals() {
  local package
  for package in lua-socket:3.1.0-1+b1:socket lua-sec:1.2.0-2:ssl; do
    IFS=: read -r name number file <<<"$package"
    mkdir -p "$work/$name/DEBIAN" "$work/$name/usr/share/lua/5.4" &&
      echo "return 'the original'" >"$work/$name/usr/share/lua/5.4/$file.lua" &&
      printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: a <a@b>\nDescription: x\n' \
        "$name" "$number" >"$work/$name/DEBIAN/control" &&
      dpkg-deb --root-owner-group -b "$work/$name" "$work/$name.deb" || return
  done
}
originals_are_gone() {
  local name
  for name in lua-socket lua-sec; do
    ! dpkg-query --admindir="$scratch/var/lib/dpkg" -W -f '${db:Status-Status}\n' "$name" | grep -q '^installed\|unpacked' ||
      return
  done
}
provides() {  # provides PACKAGE TEXT: what other packages may depend on
  dpkg-query --admindir="$scratch/var/lib/dpkg" -W -f '${Provides}\n' "$1" | grep -F "$2"
}
check "cpack" make_debs
check "lintian" no_lintian_errors
check "stand-ins for the original packages" make_originals
check "the original packages are unpacked" install_debs "$work/lua-socket.deb" "$work/lua-sec.deb"
check "dpkg unpacks ours, all together, in their place" install_debs "$debs"/*.deb
check "the original packages are gone" originals_are_gone
check "lua-moontide does for lua-socket" provides lua-moontide "lua-socket (= 3.1.0+"
check "lua-moontide does for lua-sec" provides lua-moontide "lua-sec (= 1.3.2+"
architecture=$(dirname "$(cd "$scratch" && echo usr/lib/*/lua)")
for version in "${versions[@]}"; do
  check "lua$version-moontide does for lua$version-socket" provides "lua$version-moontide" "lua$version-socket (= 3.1.0+"
  for interpreter in $(interpreters_of "$version"); do
    check "smoke: the Debian package in $interpreter" smoke "$scratch/$architecture/lua/$version" \
      "$scratch/usr/share/lua/$version" "$interpreter"
  done
done
check "smoke: the Debian package of the interpreter" env LUA_PATH= LUA_CPATH= "$scratch/usr/bin/moontide" "$here/smoke.lua"
builds_with_deb() {
  cmake -S "$here" -B "$work/deb" -G Ninja -DCMAKE_PREFIX_PATH="$scratch/usr" -DLUA=5.4 && cmake --build "$work/deb"
}
check "find_package finds libmoontide-dev" builds_with_deb
check "smoke: a host built with libmoontide-dev" env LUA_PATH= LUA_CPATH= "$work/deb/host" "$here/smoke.lua"
