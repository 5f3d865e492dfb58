#!/bin/sh
# A session with a D-Bus of its own, inside `dbus-run-session`, and perhaps a GNOME Keyring on it.
#
#   session.sh bus        no keyring at all
#   session.sh unlocked   one whose keyring is open; it is made with this password the first time
#   session.sh locked     one whose keyring, if it has one, is closed
#
# Says "address ADDRESS" and "daemon PID", then "ready", and ends with its input.
set -eu
kind=$1
echo "address $DBUS_SESSION_BUS_ADDRESS"

ask() {
    dbus-send --session --print-reply --reply-timeout=5000 --dest="$1" "$2" "$3" "$4" ${5+"$5"} 2>/dev/null
}

until_said() {
    want=$1
    shift
    tries=0
    until ask "$@" | grep -q "$want"; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || { echo "the keyring does not start" >&2; exit 1; }
        sleep 0.05
    done
}

daemon=
case $kind in
    bus) ;;
    unlocked)
        printf 'a password of no worth' | gnome-keyring-daemon --foreground --components=secrets --unlock >/dev/null &
        daemon=$!
        ;;
    locked)
        gnome-keyring-daemon --foreground --components=secrets </dev/null >/dev/null &
        daemon=$!
        ;;
esac
if [ -n "$daemon" ]; then
    echo "daemon $daemon"
    until_said 'boolean true' org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus.NameHasOwner \
        string:org.freedesktop.secrets
fi
if [ "$kind" = unlocked ]; then
    until_said 'boolean false' org.freedesktop.secrets /org/freedesktop/secrets/aliases/default \
        org.freedesktop.DBus.Properties.Get string:org.freedesktop.Secret.Collection string:Locked
fi
echo ready
cat >/dev/null
if [ -n "$daemon" ]; then
    kill -KILL "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
fi
