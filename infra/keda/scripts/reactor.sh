#!/usr/bin/env bash
# The reactor's API, for those scripts that speak to it. It is sourced by lib.sh, never run.

# --- the reactor's API: REACTOR_URL (http://127.0.0.1:7071), REACTOR_KEY (an operator's; none for a sandbox)
reactor() {
  local method=$1 path=$2 body=${3:-} header=(-H 'Accept: application/json')
  # The key goes in by a file descriptor: as an argument everybody on the machine could read it.
  if [ -n "$body" ]; then header+=(-H 'Content-Type: application/json' -H 'X-Reactor-Order: 1' --data "$body"); fi
  curl -sS --max-time 15 -X "$method" "${header[@]}" -w '\n%{http_code}' -H @<(if [ -n "${REACTOR_KEY:-}" ]; then printf 'x-functions-key: %s\n' "$REACTOR_KEY"; fi) "${REACTOR_URL%/}$path" 2>/dev/null
}
# It answers and can take orders: with its store down it answers as ready, too, and says so.
takes_orders() { ! grep -q '"orders":false'; }
reactor_answers() {
  local answer
  [ -n "${REACTOR_URL:-}" ] && command -v curl >/dev/null && answer=$(reactor GET /api/health/ready) && [ "$(tail -n 1 <<<"$answer")" = 200 ] && takes_orders <<<"$answer"
}
# json_word NAME: the first string of that name in what is read.
json_word() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }
