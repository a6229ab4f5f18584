#!/usr/bin/env bash
# The mutation score of shared/Core in minutes: dotnet-stryker makes the mutants, all in one assembly with a switch, and tests/Mutants tries
# each against the tests of tests/Core that come to it, in one process. dotnet-stryker's own run starts a test host for each mutant and
# takes hours (README); its verdicts are the same but for what tests/Core/MUTANTS.md names.
#   tests/mutants.sh           results go to tests/Core/StrykerOutput/mutants.txt
#   tests/mutants.sh EARLIER   tries first what saw a mutant in these results of a run before
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
earlier=${1:+$(realpath "$1")}
version=5.1.0
work=$(mktemp -d)
stryker=""
finish() { [ -z "$stryker" ] || kill "$stryker" 2>/dev/null || true; rm -rf "$work"; }
trap finish EXIT

dotnet tool install dotnet-stryker --version "$version" --tool-path "$work/tool" >/dev/null
cd "$root"
export MSBUILDDISABLENODEREUSE=1
dotnet build tests/Core -v quiet --nologo
dotnet build tests/Mutants -c Release -v quiet --nologo

# A copy with one test alone: stryker runs all tests before it says what it made, and only what it made is wanted.
copy=$work/copy
mkdir "$copy"
git ls-files -z -- '.build' 'shared/Core' 'tests/Core/*.csproj' ':(glob)*' | xargs -0 cp --parents -t "$copy"
cat > "$copy/tests/Core/Only.cs" <<'C'
namespace Sophia.Keda.Reactor.Core.Tests;

public sealed class Only
{
    [Fact]
    public void One() => Assert.Equal("Panel", typeof(Panel).Name);
}
C
sed -e 's/"low": [0-9]*/"low": 0/; s/"break": [0-9]*/"break": 0/' tests/Core/stryker-config.json > "$copy/tests/Core/stryker-config.json"
(cd "$copy/tests/Core" && exec "$work/tool/dotnet-stryker" -c 1 --log-to-file) > "$work/log" 2>&1 &
stryker=$!
until grep -q "total mutants will be tested" "$work/log"; do
  kill -0 "$stryker" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 1
done
sleep 2
mutated=$work/mutated
cp -r "$copy"/tests/Core/bin/minimal/Debug/net10.0 "$mutated"
cp tests/Core/bin/minimal/Debug/net10.0/Core.Tests.* "$mutated/"
kill "$stryker" 2>/dev/null || true
stryker=""

out=tests/Core/StrykerOutput
mkdir -p "$out"
cp "$copy"/tests/Core/StrykerOutput/*/logs/log*.txt "$out/created.log"
shards=$(nproc)
tried=()
for ((shard = 0; shard < shards; shard++)); do
  (
    until dotnet tests/Mutants/bin/minimal/Release/net10.0/Mutants.dll "$mutated" "$work/$shard.txt" "$shard" "$shards" ${earlier:+"$earlier"}; do
      [ $? = 3 ] || exit 1
    done
  ) &
  tried+=($!)
done
for shard in "${tried[@]}"; do wait "$shard"; done
cat "$work"/[0-9]*.txt | sort -n > "$out/mutants.txt"

awk -F '\t' '{ n[$2]++ } END {
  for (what in n) printf "%s: %d\n", what, n[what]
  printf "score: %.1f %%\n", 100 * (n["Killed"] + n["Timeout"]) / NR }' "$out/mutants.txt"
echo "Each mutant by its number: $out/mutants.txt; what a number is: grep 'Mutant NUMBER created' $out/created.log"
