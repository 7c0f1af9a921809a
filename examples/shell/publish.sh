#!/bin/sh
# Publish one event with curl. Its arguments are a channel and the event as JSON:
#
#   EVENTRAY_HTTP_URL=http://127.0.0.1:8080/event EVENTRAY_API_KEY=da2-... \
#     ./publish.sh /default/greetings '{"hello":"world"}'
#
# `eventray env` prints the two variables. EVENTRAY_CA_FILE names the server's certificate authority, if it has one.
set -eu

channel=$1
event=$2

# An event travels as a JSON string that holds the event's JSON: escape what is special in one.
escaped=$(printf '%s' "$event" | tr '\n' ' ' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g')

curl --silent --show-error --fail-with-body --max-time 10 \
  ${EVENTRAY_CA_FILE:+--cacert "$EVENTRAY_CA_FILE"} \
  --header 'content-type: application/json' \
  --header "x-api-key: $EVENTRAY_API_KEY" \
  --data "{\"channel\":\"$channel\",\"events\":[\"$escaped\"]}" \
  "$EVENTRAY_HTTP_URL"
echo
