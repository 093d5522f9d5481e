"""The radio of a node: port, law's ledger, LoRaWAN modem, and chips, one file a family; README.md has the states and the sources.

A chip's driver is loaded only when the configuration names a radio. It is polled by the node's one loop, which brings it the time; nothing
waits for the air. What it has to wait for is the chip's BUSY line, microseconds after most commands, and each wait has a limit.

```
begin(now_ms)             reset and configure; False where the chip does not play along: poll() goes on trying
transmit(now_ms, frame, frequency_hz, sf, bw_hz, cr, power_dbm[, inverted_iq])
receive(now_ms, frequency_hz, sf, bw_hz, cr[, inverted_iq, timeout_ms])     without a timeout it listens on until told otherwise
detect(now_ms, frequency_hz, sf, bw_hz)     look for a LoRa preamble (CAD)
energy(now_ms, frequency_hz, span_us)       the highest RSSI in dBm over that time, or None: listen before talk
sleep(now_ms)             least current; the next call wakes the chip, which has kept its configuration
poll(now_ms)              an event, or None; allocates nothing unless something happened
state                     "off", "idle", "sending", "receiving", "detecting", "asleep", "lost"
frame, rssi_dbm, snr_cb   of the last frame received; a centibel is a tenth of a dB
reason, faults            of the last fault; how many there were of each reason
```

```
sent
received
timeout        nobody began to send in the time given
crc_error      a frame came and was damaged, or a full heap had no room for it
header_error   the beginning of one
clear          of detect(): no preamble …
occupied       … or one
fault          `reason` says which; what was being sent or heard is lost, and poll() begins anew by itself
recovered      after a fault: configured and idle
```

transmit, receive, detect and sleep return whether the chip took the order, and raise ValueError for what no chip can do. What has come
before such a call is not lost: poll() tells it first.
"""
