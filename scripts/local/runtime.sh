#!/bin/sh
# Becomes the runtime, and is known to its guard from the first moment (see guard.ts):
#
#   BREAKWATER_GUARD    folder of the guard: `hold` is held open for as long as the runtime lives, `pid` says which it is
#   BREAKWATER_OWNER    the process that starts the runtime
#   BREAKWATER_WORKERD  the program of the runtime
#
# A terminal sends these to all processes at once, but the owner alone ends the runtime, in good order.
trap '' HUP INT QUIT
if [ -p "$BREAKWATER_GUARD/hold" ]; then exec 9<>"$BREAKWATER_GUARD/hold"; fi
# Written in place, which works on a full disk too.
printf '%-10s\n' "$$" 1<>"$BREAKWATER_GUARD/pid"
# If the owner died before the number stood there, this process would never be ended.
kill -0 "$BREAKWATER_OWNER" 2>/dev/null || exit 1
exec "$BREAKWATER_WORKERD" "$@"
