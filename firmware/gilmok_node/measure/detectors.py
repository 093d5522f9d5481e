"""What is made of the samples of a motion sensor: a detector by its kind, loaded when a configuration names it."""

# kind: module and class
_KINDS = {
    "quake": ("gilmok_rules.shaking", "Quake"),
    "ppv": ("gilmok_rules.ppv", "Ppv"),
    "capture": ("gilmok_node.measure.pretrigger", "Pretrigger"),
}


def make_detector(spec, driver):
    """Return the detector of `spec`, [kind, name, index of the sensor, parameters], which listens to `driver`, a Motion.

    What it offers: name, CHANNELS, on_values, record, values and busy of gilmok_rules.detector.Detector.
    Raises: ValueError for a kind that this firmware does not know, and for a driver without samples.
    """
    kind, name, _, parameters = spec
    if kind not in _KINDS:
        raise ValueError("this firmware has no detector {!r}".format(kind))
    if not hasattr(driver, "listen"):
        raise ValueError("detector {}: {} has no samples to take".format(name, driver.NAME))
    module, made = _KINDS[kind]
    made = getattr(__import__(module, None, None, (made,)), made)
    if kind == "capture":
        return made(name, driver, parameters)
    detector = made(name, driver.STEPS, driver._period_ms, parameters)
    driver.listen(detector)
    return detector


def hear_for(alarms, source, detector, recorder):
    """Return what a detector tells its values: judged first, then recorded where they are worth it."""

    def hear(tick, values):
        alarms.take(source, tick, values)
        if detector.record:
            alarms.note(recorder, tick, values)

    return hear
