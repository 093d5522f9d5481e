"""A mail server of this machine, as much of RFC 5321 as smtplib speaks, with STARTTLS and AUTH PLAIN where asked for."""

import base64
import socketserver
import ssl
import threading


class MailServer:
    """Takes letters: `letters` are (from, [to], bytes), `logins` what was told as "user:password", `encrypted` says how."""

    def __init__(self, tls=None, password=None):
        self.letters, self.logins, self.encrypted = [], [], []
        self.refuse = ""  # an answer in place of taking the recipient
        self._tls, self._password = tls, password
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    server._talk(self)
                except (ssl.SSLError, ConnectionError):  # whoever calls does not trust us, and has gone
                    pass

        socketserver.ThreadingTCPServer.daemon_threads = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _talk(self, handler):
        connection, encrypted, sender, to = handler.request, False, "", []
        reader = connection.makefile("rb")

        def say(*lines):
            connection.sendall("".join(line + "\r\n" for line in lines).encode())

        say("220 mail.test ready")
        while line := reader.readline():
            word, _, rest = line.decode().strip().partition(" ")
            word = word.upper()
            if word == "EHLO":
                can = ["STARTTLS"] * bool(self._tls and not encrypted) + ["AUTH PLAIN"] * bool(self._password)
                say(*[f"250-{each}" for each in ["mail.test", *can]], "250 8BITMIME")
            elif word == "STARTTLS":
                say("220 go ahead")
                connection, encrypted = self._tls.wrap_socket(connection, server_side=True), True
                reader = connection.makefile("rb")
            elif word == "AUTH":
                _, user, password = base64.b64decode(rest.split()[-1]).decode().split("\0")
                self.logins.append(f"{user}:{password}")
                say("235 welcome" if password == self._password else "535 5.7.8 wrong password " + password)
            elif word == "MAIL":
                sender, to = rest.partition("<")[2].partition(">")[0], []
                say("250 ok")
            elif word == "RCPT":
                to.append(rest.partition("<")[2].partition(">")[0])
                say(self.refuse or "250 ok")
            elif word == "DATA":
                say("354 go on")
                lines = []
                while (line := reader.readline()) != b".\r\n":
                    lines.append(line[1:] if line.startswith(b"..") else line)
                self.letters.append((sender, to, b"".join(lines)))
                self.encrypted.append(encrypted)
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")
        connection.close()


def certificate(folder):
    """Return (a server's TLS context, the file of its certificate), for 127.0.0.1 and mail.test."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("mail.test"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    day = datetime.timedelta(days=1)
    signed = builder.not_valid_before(now - day).not_valid_after(now + day).add_extension(names, False).sign(key, hashes.SHA256())
    file = folder / "mail.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(*form) + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file
