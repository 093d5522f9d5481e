"""The systemd unit of a node: it may reach its log, its buses and its links, and nothing else."""

from __future__ import annotations

# What each line is for stands beside it in systemd.exec(5), systemd.service(5) and systemd.resource-control(5).
_UNIT = """\
# Made by `gilmok node unit`. Runs the node of {config}; `systemctl status gilmok-node` says how it is.
[Unit]
Description=Gilmok sensor node
Documentation=man:systemd.service(5)
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={program} node run %d/node.cbor --data {data}{links}
# The key in it is root's to read; the node gets its own copy in memory.
LoadCredential=node.cbor:{config}
# A loop that stands still for this long is killed and started again: twenty of the worst writes of a tired SD card.
WatchdogSec=30
Restart=always
RestartSec=1
TimeoutStopSec=10

User=gilmok-node
DynamicUser=yes
{folders}
# Raspberry Pi OS has these groups; elsewhere leave out those that are not there.
SupplementaryGroups=dialout i2c spi gpio

DevicePolicy=closed
DeviceAllow=char-ttyAMA rw
DeviceAllow=char-ttyS rw
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw
DeviceAllow=char-i2c rw
DeviceAllow=char-spi rw
DeviceAllow=char-gpiochip rw

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
PrivateTmp=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077

[Install]
WantedBy=multi-user.target
"""
STATE = "/var/lib/"
_RUN = "/run/"


def node_unit(program: str, config: str, data: str, links: list[str]) -> str:
    """Return the unit that runs `program`, with the configuration in the file `config` and the log in the folder `data` below STATE."""
    folders = [f"StateDirectory={data.removeprefix(STATE)}"]
    for link in links:
        folder = link.removeprefix("unix:").removeprefix(_RUN).rpartition("/")[0]
        if link.startswith(f"unix:{_RUN}") and folder:
            folders.append(f"RuntimeDirectory={folder}")
    options = "".join(f" --link {link}" for link in links)
    return _UNIT.format(program=program, config=config, data=data, folders="\n".join(folders), links=options)
