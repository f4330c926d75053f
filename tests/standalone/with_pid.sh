#!/bin/sh
# with_pid.sh FILE COMMAND...: becomes COMMAND, and says in FILE under which process id.
echo $$ >"$1"
shift
exec "$@"
