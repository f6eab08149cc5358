"""A mail server on loopback that keeps what it gets, and lets in who knows the password."""

import base64
import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage
from typing import ClassVar


class _Session(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self._say("220 mail.test ESMTP")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "DATA":
                self._take()
            elif verb == "AUTH":
                self._let_in(line.rpartition(" ")[2])
            else:
                self._say({"EHLO": "250-mail.test\r\n250 AUTH PLAIN", "QUIT": "221 bye"}.get(verb, "250 ok"))

    def _let_in(self, given: str) -> None:
        right = base64.b64decode(given).decode().endswith(f"\0{self.server.password}")
        self._say("235 in" if right else "535 5.7.8 authentication failed")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.mails.append(mail)
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """`port` is where it listens; `mails` is what came."""

    daemon_threads = True
    password: ClassVar[str] = "p@ss/w%rd:1"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.port: int = self.server_address[1]
        self.mails: list[EmailMessage] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()
