"""A hub with gateways that note what they are given."""

from gilmok_collector.radio.hub import Hub

from support.fake_gateways import FakeGateway, frame_of, uplink

NODE, OTHER = 0x0102, 0x0103
DOWN = 0xF1


def answer_to(device, number=0, size=40):
    return bytes([DOWN]) + frame_of(device, number, size)[1:]


class Net:
    """A hub with gateways, and the clock."""

    def __init__(self, *names, listens=False, region="KR920", **options):
        self.hub = Hub(region, lambda device: listens)
        self.gateways = {name: FakeGateway(name, region, **options) for name in names}
        for gateway in self.gateways.values():
            self.hub.add(gateway, 0)
        self.now = 1000

    def hear(self, frame, gateway="a", accept=True, **facts):
        arrival = self.hub.heard(uplink(frame, gateway, **facts), self.now)
        if arrival is not None and accept:
            arrival.opened()
        return arrival

    def answer(self, *frames):
        for frame in frames:
            self.hub.answer(frame, self.now)

    def run(self, until_ms):
        """Call the hub whenever it wants to be called, and return what was sent with when."""
        sent = []
        while True:
            before = [len(gateway.sent) for gateway in self.gateways.values()]
            at_ms = self.hub.poll(self.now)
            for gateway, count in zip(self.gateways.values(), before, strict=True):
                sent += [(self.now, gateway.name, downlink) for downlink in gateway.sent[count:]]
            assert at_ms is None or at_ms > self.now, "it would spin"
            if at_ms is None or at_ms > until_ms:
                self.now = until_ms
                return sent
            self.now = at_ms


def sent_by(net):
    return {name: [downlink.frame for downlink in gateway.sent] for name, gateway in net.gateways.items()}
