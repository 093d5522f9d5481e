"""What happens to a log at a boot, and at the few turns of its life: mounting, formatting, forking (SPEC.md section 5)."""

from .checkpoint import WAVEFORMS
from .entry import BOOT, NOTE
from .mounting import Mounting


def mount(log):
    """See Log.mount."""
    checkpoint, records, waveforms = log.checkpoint, log.records, log.waveforms
    mounting, torn = Mounting(records), False
    if mounting.locate():
        checkpoint.origin, checkpoint.log_id, checkpoint.parent = mounting.identity()
        mounting.replay()
    else:
        _draw_origin(log)
        mounting.format()
    if waveforms:
        torn = _mount_waveforms(log, Mounting(waveforms))
    checkpoint.boot += 1
    records.put(NOTE, BOOT, checkpoint.boot, 0, 0, b"")
    records.flush()
    if torn:  # so that a later mount tells a torn tail from entries that rotted
        waveforms.put(NOTE, BOOT, checkpoint.boot, 0, 0, b"")


def format_log(log):
    """See Log.format."""
    log.checkpoint.clear()
    _draw_origin(log)
    for ring in log.rings:
        Mounting(ring).format()


def fork(log):
    """See Log.fork. Power may fail between the rings: it is the records that say whose log this is."""
    log.sync()
    _draw_child(log)
    for ring in log.rings:
        ring.begin()


def _mount_waveforms(log, mounting):
    """Take up the ring of waveforms as that of this log, or format it; tell whether its tail is torn."""
    checkpoint = log.checkpoint
    origin, log_id, parent = mounting.identity() if mounting.locate() else (0, 0, 0)
    if origin != checkpoint.origin:
        _format_waveforms(log, mounting)
        return False
    adopted = parent == checkpoint.log_id
    if adopted:  # a fork reached this ring, and the block of records that said so has rotted
        checkpoint.log_id, checkpoint.parent = log_id, parent
    torn = mounting.replay()
    if adopted:
        log.records.begin()
    return torn


def _format_waveforms(log, mounting):
    """Begin an empty ring of waveforms. Where it had streams their last numbers are gone with it, so the log forks."""
    lost = log.checkpoint.streams(WAVEFORMS)
    if lost:
        _draw_child(log)
    mounting.format()
    if lost:
        log.records.begin()


def _draw_origin(log):
    log.checkpoint.parent = 0
    log.checkpoint.origin = log.checkpoint.log_id = _draw(log)


def _draw_child(log):
    parent = log.checkpoint.log_id
    log.checkpoint.log_id, log.checkpoint.parent = _draw(log), parent


def _draw(log):
    """Return a random 32-bit number, neither zero nor the present log id."""
    number = 0
    while number in (0, log.checkpoint.log_id):
        number = int.from_bytes(log.entropy(4), "big")
    return number
