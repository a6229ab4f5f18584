#!/usr/bin/env bash
# The way of an alert at the pace at which it is shipped: KEDA breaks in the sandbox, a rule of the real Prometheus fires, the real Alertmanager
# tells the reactor, which moves the workloads to their fallback and pages; KEDA is mended, and the resolve arrives. For the operator, the metrics
# server, an oscillation and a failing trigger source; two at a time, some ten minutes in all. Its last lines are the timelines, each
# leg counted from the moment in which KEDA broke. tests/run.sh plays the same ten times as fast.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for program in prometheus prometheus-alertmanager; do
  command -v "$program" >/dev/null || { echo "$program is not installed: it is a Debian package of that name."; exit 1; }
done

project=tests/Integration/Integration.Tests.csproj
[ "${1:-}" = --no-build ] || dotnet build "$project" -v quiet -nologo
timelines=$(mktemp)
trap 'rm -f "$timelines"' EXIT
code=0
REACTOR_SPEED1=1 REACTOR_TIMELINES=$timelines dotnet test "$project" --no-build --nologo --filter AlertPathTests --logger "console;verbosity=minimal" || code=$?
echo
cat "$timelines"
exit "$code"
