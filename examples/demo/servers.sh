# The servers of the demo, on free loopback ports; sourced by run, which sets here, work, moontide.
#
# Each start_* is true once its server answers, and leaves the addresses in variables. All are single
# processes under the user who calls, and write nowhere but into $work.

servers=
stop_servers() {
  # shellcheck disable=SC2086 # one word for each process
  [ -z "$servers" ] || { kill $servers && wait $servers; } 2>/dev/null
  servers=
}

free_port() {  # free_port ADDRESS
  "$moontide" "$here/free_port.lua" "$1"
}

# started PROCESS ADDRESS QUERY: waits until the server answers there, but no longer than it lives.
started() {
  second=0
  while [ $second -lt 15 ]; do
    if "$moontide" "$here/ready.lua" "$2" "$3" 1; then
      servers="$servers $1"
      return 0
    fi
    kill -0 "$1" 2>/dev/null || break
    second=$((second + 1))
  done
  { kill "$1" && wait "$1"; } 2>/dev/null
  return 1
}

# retry COMMAND: somebody may be faster and take the free port.
retry() {
  for _ in 1 2 3; do
    "$1" && return 0
  done
  fail "$1: $(cat "$work/$1.out" 2>&1)"
}

# Sets port4, and port6 if there is IPv6; listens at $work/web.socket too. Serves $work/pages.
start_nginx() {
  port4=$(free_port 127.0.0.1) || fail "no free port on 127.0.0.1"
  port6=$(free_port ::1 2>"$work/ipv6_problem") || port6=
  rm -f "$work/web.socket"
  cat <<CONFIG >"$work/nginx.conf"
daemon off;
master_process off;
pid "$work/nginx.pid";
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path "$work/body";
  proxy_temp_path "$work/proxy";
  fastcgi_temp_path "$work/fastcgi";
  uwsgi_temp_path "$work/uwsgi";
  scgi_temp_path "$work/scgi";
  types { text/plain txt; }
  sendfile on;
  server {
    listen 127.0.0.1:$port4;
    ${port6:+listen [::1]:$port6;}
    listen unix:$work/web.socket;
    root "$work/pages";
  }
}
CONFIG
  "$nginx" -p "$work" -e stderr -c "$work/nginx.conf" >"$work/start_nginx.out" 2>&1 &
  started $! "unix:$work/web.socket" 'HEAD / HTTP/1.0\r\n\r\n'
}

# Sets ftp_address. Anonymous users may store and fetch in $work/ftp.
start_vsftpd() {
  port=$(free_port 127.0.0.1) || fail "no free port on 127.0.0.1"
  mkdir -p "$work/ftp" "$work/empty"
  cat <<CONFIG >"$work/vsftpd.conf"
listen=YES
listen_address=127.0.0.1
listen_port=$port
background=NO
run_as_launching_user=YES
anonymous_enable=YES
no_anon_password=YES
anon_root=$work/ftp
anon_upload_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
allow_writeable_chroot=YES
ftp_username=$(id -un)
secure_chroot_dir=$work/empty
seccomp_sandbox=NO
write_enable=YES
xferlog_enable=NO
CONFIG
  "$vsftpd" "$work/vsftpd.conf" >"$work/start_vsftpd.out" 2>&1 &
  started $! "127.0.0.1:$port" '' && ftp_address=127.0.0.1:$port
}

# Sets mail_address. Delivers into the maildir $work/mail.
start_aiosmtpd() {
  port=$(free_port 127.0.0.1) || fail "no free port on 127.0.0.1"
  "$python" -m aiosmtpd -n -l "127.0.0.1:$port" -c aiosmtpd.handlers.Mailbox "$work/mail" \
    >"$work/start_aiosmtpd.out" 2>&1 &
  started $! "127.0.0.1:$port" '' && mail_address=127.0.0.1:$port
}
