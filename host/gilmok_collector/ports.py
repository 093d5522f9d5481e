"""Opens what a link URL names, by pyserial."""

from __future__ import annotations

from typing import Any

from gilmok_site.links import LinkTarget

READ_S = 0.05  # how long a read may wait, which bounds how fast a link closes
WRITE_S = 2.0  # a full 4 KiB frame takes 0.4 s at 115200 baud; longer means that nobody takes the bytes


def open_port(target: LinkTarget) -> Any:
    """Return an open pyserial port.

    Raises: OSError (pyserial's SerialException is one) or ValueError when it cannot be opened now.
    """
    import serial

    if target.kind == "usb":
        url = _find_usb(target)
    elif target.kind == "tcp":
        url = f"socket://{target.place()}"
    else:
        url = target.pyserial_url()
    return serial.serial_for_url(url, baudrate=target.baud, timeout=READ_S, write_timeout=WRITE_S)


def _find_usb(target: LinkTarget) -> str:
    from serial.tools import list_ports

    for port in list_ports.comports():
        same_chip = (port.vid, port.pid) == (target.vid, target.pid)
        if same_chip and target.serial_number in ("", port.serial_number or ""):
            return port.device
    raise OSError(f"no USB adapter {target.place()} is plugged in")
