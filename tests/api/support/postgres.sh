#!/bin/sh
# Keeps a private PostgreSQL cluster for tests, for as long as its standard input is open.
#
# Finds initdb and postgres, starts a cluster in a temporary folder on a free port of 127.0.0.1,
# prints one line, and waits. Whoever starts it holds the other end of its standard input: when
# that process ends, however it ends, the kernel closes the pipe, and the server is stopped and the
# folder removed. Used by postgres.rs beside it and by .ci/with-postgres.
#
# The line on standard output is one of
#   ready postgres://…/postgres     a superuser's URL of the maintenance database
#   missing <what was looked for>   there is no PostgreSQL here (exit status 3)
#   failed <why>                    there is one, and it did not start (exit status 1)

set -u

# The folder of both initdb and postgres: on PATH, as Debian installs them, as pg_config says.
find_binaries() {
    # Sorted by number: in the order of the text 9 would come after 16.
    debian=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t / -k 5 -n | tail -n 1)
    for bin in "$(dirname "$(command -v initdb)")" "$debian" "$(pg_config --bindir 2>/dev/null)"; do
        if [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ]; then
            echo "$bin"
            return
        fi
    done
    return 1
}

# PostgreSQL refuses to run as root: such a caller lends it an unprivileged user.
as_server_user() {
    if [ -z "$user" ]; then
        "$@"
    elif command -v setpriv >/dev/null; then
        setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
    else
        runuser -u "$user" -- "$@"
    fi
}

fail() {
    echo "failed $1: $(tail -n 3 "$folder/log" 2>/dev/null | tr '\n' ' ')"
    exit 1
}

# The first line of postmaster.pid is the server's process, also when a wrapper stands between.
server_pid() { head -n 1 "$folder/data/postmaster.pid" 2>/dev/null; }

# SIGQUIT stops at once, without a checkpoint: nothing in here is worth writing.
clean_up() {
    trap - EXIT
    trap '' HUP INT PIPE TERM
    pid=$(server_pid)
    if [ -n "$pid" ]; then
        kill -QUIT "$pid" 2>/dev/null
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
            tries=$((tries + 1))
            sleep 0.05
        done
        kill -KILL "$pid" 2>/dev/null
    fi
    cd /
    rm -rf "$folder"
}

make_cluster() {
    for locale in C.UTF-8 C; do
        as_server_user "$bin/initdb" --pgdata="$folder/data" --username=masthead --auth=trust \
            --encoding=UTF8 --locale="$locale" --no-sync </dev/null >"$folder/log" 2>&1 && return
        rm -rf "$folder/data"
    done
    return 1
}

# Status 0 when the server answers on $1; 1 when it ended, a taken port being the usual reason.
start_server() {
    as_server_user "$bin/postgres" -D "$folder/data" -p "$1" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories="$folder" \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c max_connections=300 </dev/null >"$folder/log" 2>&1 &
    started=$!
    while kill -0 "$started" 2>/dev/null; do
        grep -q '^ready' "$folder/data/postmaster.pid" 2>/dev/null && return
        sleep 0.05
    done
    return 1
}

if ! bin=$(find_binaries); then
    echo "missing initdb and postgres on PATH, in /usr/lib/postgresql/*/bin and by pg_config"
    exit 3
fi

user=
if [ "$(id -u)" = 0 ]; then
    user=nobody
    id postgres >/dev/null 2>&1 && user=postgres
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/masthead-postgres.XXXXXX") || exit 1
trap clean_up EXIT
# PIPE: whoever started us may be gone before the line is printed.
trap 'exit 143' HUP INT PIPE TERM
[ -z "$user" ] || chown "$user" "$folder" || fail "chown"
# The unprivileged user may not be allowed to look at the caller's folder.
cd "$folder" || fail "cd"

make_cluster || fail "initdb"
# The server itself tries the ports, below those the kernel hands out, so nobody can slip between.
tries=0
port=$((20000 + $$ * 7 % 12000))
until start_server "$port"; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || fail "postgres"
    port=$((20000 + (port - 20000 + 331) % 12000))
done

echo "ready postgres://masthead@127.0.0.1:$port/postgres"
while read -r _; do :; done
