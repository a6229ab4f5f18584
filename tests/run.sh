#!/usr/bin/env bash
# Builds everything and runs every test. Its last line is "N passed, N failed, N skipped".
#   tests/run.sh                 all tests
#   tests/run.sh <filter>        only these, as dotnet test --filter takes it: tests/run.sh EndToEnd
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A program that some tests need, and the Debian package that brings it. Without it those tests are skipped.
needs=(
  "prometheus-alertmanager prometheus-alertmanager"
  "amtool prometheus-alertmanager"
  "prometheus prometheus"
  "promtool prometheus"
  "redis-server redis-server"
  "aiosmtpd python3-aiosmtpd"
  "node nodejs"
  "shellcheck shellcheck"
)

say() { printf '%s\n' "$*"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi }

may_install() {
  command -v apt-get >/dev/null || return 1
  # Somebody's own machine is not changed by the way: sudo is used in CI only.
  [ "$(id -u)" = 0 ] || { [ "${CI:-}" = true ] && sudo -n true 2>/dev/null; }
}

install_packages() {
  local policy=/usr/sbin/policy-rc.d made=""
  if ! as_root test -e "$policy"; then
    # The tests start what they need themselves: no service of a package begins to run.
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  local result=0
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } </dev/null >/dev/null 2>&1 || result=$?
  if [ -n "$made" ]; then as_root rm -f "$policy"; fi
  return "$result"
}

missing_packages() {
  local need
  for need in "${needs[@]}"; do
    command -v "${need% *}" >/dev/null || say "${need#* }"
  done | sort -u
}

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ] && may_install; then
  say "Installing ${missing[*]}"
  install_packages "${missing[@]}" || say "They could not be installed."
  mapfile -t missing < <(missing_packages)
fi
for package in "${missing[@]}"; do
  say "Not installed: $package. The tests that need it will be skipped."
done

# What only we need of a build, its analyzers and code style, is asked for here and in CI.
export ReactorStrict=true

command -v dotnet >/dev/null || { say "dotnet is not installed: the SDK of global.json is needed."; exit 1; }
dotnet build Sophia.Keda.Reactor.sln -v quiet -nologo

# The Bicep compiler comes as a package of NuGet. One that stands in PATH already is the one that is meant.
if ! command -v bicep >/dev/null; then
  if dotnet restore tests/Bicep -v quiet -nologo >/dev/null 2>&1; then
    PATH=$PATH:$(dotnet msbuild tests/Bicep -getProperty:BicepFolder -nologo)
  else
    say "Not to be had: the package of the Bicep compiler (tests/Bicep). The tests that need it will be skipped."
  fi
fi

if [ -z "${REACTOR_TEST_KUBERNETES:-}" ]; then
  say "REACTOR_TEST_KUBERNETES is not set: the cluster contract is tried on the sandbox only."
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# The Functions app stands outside the .sln. What is published is what Azure takes: tests read that folder.
dotnet publish functions/Azure -c Release -o "$results/azure" -v quiet -nologo
export REACTOR_AZURE_PUBLISHED=$results/azure
arguments=(--no-build --nologo --logger "console;verbosity=minimal" --results-directory "$results")
if [ "$#" -gt 0 ]; then arguments+=(--filter "$*"); fi

passed=0 failed=0 skipped=0

# What each may take on two cores; with the build and the publishing it is about ten minutes in all. Over it nothing fails, but somebody should look.
declare -A budget=([Core.Tests]=45 [Contracts.Tests]=90 [Simulation.Tests]=80 [Integration.Tests]=400)

# Runs one project's tests and adds up.
run_tests() {
  local project=$1 name began=$SECONDS code=0 counts broken
  name=$(basename "$project" .csproj)
  dotnet test "$project" "${arguments[@]}" --logger "trx;LogFileName=$name.trx" </dev/null || code=$?
  say "$name took $((SECONDS - began)) s of ${budget[$name]:-60} s"

  counts=$(grep -o '<Counters [^>]*' "$results/$name.trx" 2>/dev/null || true)
  count() { local n; n=$(sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counts"); say "${n:-0}"; }
  passed=$((passed + $(count passed)))
  skipped=$((skipped + $(count total) - $(count executed)))
  broken=$(($(count executed) - $(count passed)))
  if [ "$code" != 0 ] && [ "$broken" = 0 ]; then
    say "$name broke off with exit code $code."
    broken=1
  fi
  failed=$((failed + broken))
}

mapfile -t projects < <(dotnet sln Sophia.Keda.Reactor.sln list | tr -d '\r' | grep -E '^tests/.*\.Tests\.csproj$')
for project in "${projects[@]}"; do run_tests "$project"; done

result=0
if [ "$failed" != 0 ]; then result=1; fi
if [ $((passed + failed)) = 0 ]; then say "No test ran."; result=1; fi
if [ "$skipped" != 0 ] && [ "${CI:-}" = true ]; then say "In CI no test may be skipped."; result=1; fi
say "It all took $((SECONDS / 60)) min $((SECONDS % 60)) s."
say "$passed passed, $failed failed, $skipped skipped"
exit "$result"
