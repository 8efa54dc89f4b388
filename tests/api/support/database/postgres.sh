#!/bin/sh
# Keeps a private PostgreSQL cluster for tests, for as long as its standard input is open.
#
# Finds initdb and postgres, starts a cluster in a temporary folder on a free port of 127.0.0.1,
# prints one line, and waits. Whoever starts it holds the other end of its standard input: when
# that process ends, however it ends, the kernel closes the pipe, and the server is stopped and the
# folder removed. Used by postgres.rs beside it and by .ci/with-postgres.
#
# With the argument `standby` there is a hot standby, too. Standard input then takes the commands
# `stop`, which kills it at once, and `start`; each is answered by a line. With the argument
# `restarts` these commands are for the primary, which then keeps what it acknowledged when it is
# killed.
#
# The line on standard output is one of
#   ready postgres://…/postgres     a superuser's URL of the maintenance database; behind it the
#                                   same of the standby, if there is one
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
    echo "failed $1: $(tail -qn 3 "$folder"/*.log 2>/dev/null | tr '\n' ' ')"
    exit 1
}

# Stops the server in the folder $1. SIGQUIT stops at once, without a checkpoint: nothing in here is
# worth writing.
stop_server() {
    # The first line is the server's process, also when a wrapper stands between.
    pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null)
    [ -n "$pid" ] || return 0
    kill -QUIT "$pid" 2>/dev/null
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null
    return 0
}

clean_up() {
    trap - EXIT
    trap '' HUP INT PIPE TERM
    stop_server "$folder/standby"
    stop_server "$folder/data"
    cd /
    rm -rf "$folder"
}

make_cluster() {
    for locale in C.UTF-8 C; do
        as_server_user "$bin/initdb" --pgdata="$folder/data" --username=masthead --auth=trust \
            --encoding=UTF8 --locale="$locale" --no-sync </dev/null >"$folder/initdb.log" 2>&1 && return
        rm -rf "$folder/data"
    done
    return 1
}

# Starts the server in the folder $1 on the port $2. Status 0 when it answers; 1 when it ended, a
# taken port being the usual reason.
start_server() {
    as_server_user "$bin/postgres" -D "$1" -p "$2" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories="$folder" \
        -c fsync=off -c synchronous_commit="$commit" -c full_page_writes=off \
        -c max_connections=300 </dev/null >"$1.log" 2>&1 &
    started=$!
    while kill -0 "$started" 2>/dev/null; do
        grep -q '^ready' "$1/postmaster.pid" 2>/dev/null && return
        sleep 0.05
    done
    return 1
}

# The same on the first port that is free, which it leaves in `port`. The server itself tries the
# ports, below those the kernel hands out, so nobody can slip between.
start_on_free_port() {
    tries=0
    port=$((20000 + $$ * 7 % 12000))
    until start_server "$1" "$port"; do
        tries=$((tries + 1))
        [ "$tries" -lt 10 ] || fail "postgres"
        port=$((20000 + (port - 20000 + 331) % 12000))
    done
}

url_of() { echo "postgres://masthead@127.0.0.1:$1/postgres"; }

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

# What was written outlives the server's processes, though not the system: the kernel has it.
commit=off
[ "${1:-}" != restarts ] || commit=on
make_cluster || fail "initdb"
# A standby begins with what the primary begins with, and follows its log from there.
[ "${1:-}" != standby ] || cp -a "$folder/data" "$folder/standby" || fail "cp"
start_on_free_port "$folder/data"
primary=$port
obey() {
    while read -r command; do
        case $command in
            stop) stop_server "$1" ;;
            start) start_server "$1" "$2" || fail "$1" ;;
        esac
        echo "done $command"
    done
}

if [ "${1:-}" != standby ]; then
    echo "ready $(url_of "$primary")"
    obey "$folder/data" "$primary"
    exit
fi

: >"$folder/standby/standby.signal"
echo "primary_conninfo = '$(url_of "$primary")'" >>"$folder/standby/postgresql.conf"
start_on_free_port "$folder/standby"
standby=$port
echo "ready $(url_of "$primary") $(url_of "$standby")"
obey "$folder/standby" "$standby"
