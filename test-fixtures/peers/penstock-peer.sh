#!/bin/sh
# Penstock as one of several programs that are measured side by side on one broker: writes a small configuration and becomes the daemon.
#   PEER_BROKER  host:port of the broker     PEER_DB  the SQLite file to make     PEER_DIR  a folder for the rest
#   WORKLOAD     w1 (the default): plant/unitK/sensor/sS, JSON {"ts":ms,"value":n,"seq":n};   w2: plant/unitK/vib, 16 bytes and float32
#   PENSTOCK     the launcher; default the one of this checkout
# Detection is on, no model is started. Assets are named as their topics begin, so that a reading's channel in v_reading is its topic.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$PEER_DIR"
units="0 1 2 3 4 5 6 7"

scalar() { # unit sensor: every check of validity, limits, chart, state and onset has something to do
  cat <<CHANNEL
[[channel]]
id = "s$2"
quantity = "pressure"
unit = "bar"
resolution = 0.0001
range_low = -1000
range_high = 1000
stuck_after = "60s"
max_rate_per_s = 1e6
[[channel.limit]]
above = 500
hysteresis = 5
on_delay = "1s"
severity = "alarm"
source = "site"
CHANNEL
}

{
  printf 'assets = ['
  for k in $units; do printf '"unit%s.toml", ' "$k"; done
  cat <<CONFIG
]
[site]
name = "peers"
simulated = true
[store]
file = "$PEER_DB"
[publish]
broker = "tcp://$PEER_BROKER"
[infer]
enabled = false
[route]
semantic = false
[health]
socket = "$PEER_DIR/penstock.sock"
[[mqtt]]
name = "plant"
uri = "tcp://$PEER_BROKER"
CONFIG
  for k in $units; do
    if [ "${WORKLOAD:-w1}" = w2 ]; then
      printf '[[mqtt.subscribe]]\ntopic = "plant/unit%s/{channel}"\nasset = "plant/unit%s"\n' "$k" "$k"
      printf 'payload = "binary"\nheader = "time_and_sequence"\nsamples = "float32"\nrate_hz = 12800\n'
    else
      printf '[[mqtt.subscribe]]\ntopic = "plant/unit%s/sensor/{channel}"\nasset = "plant/unit%s/sensor"\npayload = "json"\n' "$k" "$k"
    fi
  done
} >penstock.toml

for k in $units; do
  {
    if [ "${WORKLOAD:-w1}" = w2 ]; then
      printf '[asset]\nid = "plant/unit%s"\nkind = "centrifugal_pump"\nrated_rpm = 3000\n' "$k"
      printf '[[channel]]\nid = "vib"\nquantity = "acceleration"\nunit = "m/s2"\nrate_hz = 12800\n'
      printf '[[bearing]]\nid = "de"\nchannel = "vib"\nballs = 9\nball_diameter_mm = 7.94\npitch_diameter_mm = 39.04\n'
    else
      printf '[asset]\nid = "plant/unit%s/sensor"\nkind = "centrifugal_pump"\n' "$k"
      for s in $units; do scalar "$k" "$s"; done
    fi
  } >"unit$k.toml"
done

exec "${PENSTOCK:-$root/penstock}" run --config "$PEER_DIR/penstock.toml"
