#!/usr/bin/env bash
# A flood against the standalone host with the memory of its pod, for a minute, on loopback: 10,000 alerts a minute, 2,000 connections that
# say nothing and 800 that promise 16 MiB and send one byte. Exit code 0 only if the host lived through it, answered every probe within a
# second and told of a dead KEDA within ten.
#   tests/flood.sh
# The limit is a memory cgroup of its own where this user may make one (root); elsewhere .NET's heap limit and the measured peak. It says which.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec dotnet run -c Release --project tests/Bench -- flood
